import type { Clock } from '../../kernel/clock.ts';
import { Problem } from '../../kernel/errors.ts';
import { contentFromSend } from '../catalogue/catalogue.ts';
import type { Content } from '../catalogue/content.ts';
import { optionFields } from '../catalogue/options.ts';
import { bodyPointer } from './pointer.ts';
import type { StoredTemplate, TemplateStore } from './store.ts';
import { placeholdersIn, render, type Template, type Values } from './template.ts';

/** Enough for every text a business repeats; a bound for the list that is shown at once. */
const MAX_TEMPLATES = 1_000;

/** The templates of a workspace, each in one language or more. */
export interface Templates {
  list(workspaceId: string): Promise<StoredTemplate[]>;
  /** Throws `template_not_found`. An exact language is preferred, then its base, then the general one. */
  get(workspaceId: string, name: string, language: string): Promise<StoredTemplate>;
  /** Throws `invalid_request` when the content is none, or refers to variables that are not declared. */
  save(workspaceId: string, template: Template): Promise<StoredTemplate>;
  /** Throws `template_not_found` when there was nothing to remove. */
  remove(workspaceId: string, name: string, language: string | null): Promise<void>;
  /** The content that a template becomes; throws `template_not_found` or `template_variables`. */
  render(workspaceId: string, use: TemplateUse): Promise<Content>;
}

/** A template with what goes into its places. */
export interface TemplateUse {
  readonly name: string;
  readonly language: string;
  readonly variables: Values;
  /** Where the variables stand in the request. */
  readonly pointer: string;
}

/** Any recipient will do: only the content counts. */
const ANYBODY = '10000000';

export function createTemplates(store: TemplateStore, clock: Clock): Templates {
  async function get(workspaceId: string, name: string, language: string) {
    for (const wanted of languagesFor(language)) {
      const found = await store.find(workspaceId, name, wanted);
      if (found !== null) return found;
    }
    const where = language === '' ? '' : ` in "${language}"`;
    throw new Problem('template_not_found', `There is no template "${name}"${where}.`);
  }

  return {
    get,
    list: (workspaceId) => store.list(workspaceId),
    async save(workspaceId, template) {
      check(template);
      const known = await store.list(workspaceId);
      const isNew = !known.some(
        ({ name, language }) => name === template.name && language === template.language,
      );
      if (isNew && known.length >= MAX_TEMPLATES) {
        throw new Problem(
          'too_many_templates',
          `A workspace keeps up to ${MAX_TEMPLATES} templates.`,
        );
      }
      return store.save(workspaceId, template, clock.now());
    },
    async remove(workspaceId, name, language) {
      if ((await store.remove(workspaceId, name, language)) > 0) return;
      throw new Problem('template_not_found', `There is no template "${name}".`);
    },
    async render(workspaceId, { name, language, variables, pointer }) {
      const template = await get(workspaceId, name, language);
      return contentOf(render(template, variables, pointer), pointer);
    },
  };
}

/** `pt-BR`, `pt`, then the one without a language. */
function languagesFor(language: string): string[] {
  const [base = ''] = language.split(/[-_]/);
  return [...new Set([language, base, ''])];
}

/** A template must become a valid message, and must not wait for what nobody can give. */
function check(template: Template): void {
  const unknown = placeholdersIn(template.content).filter(
    (name) => !Object.hasOwn(template.variables, name),
  );
  if (unknown.length > 0) {
    const message = `Refers to variables that are not declared: ${unknown.join(', ')}`;
    throw new Problem('invalid_request', `${message}.`, [{ field: '/content', message }]);
  }
  const options = Object.keys(template.content).filter((name) => name in optionFields);
  if (options.length > 0) {
    const message = `Options belong to the send, not to the template: ${options.join(', ')}`;
    throw new Problem('invalid_request', `${message}.`, [{ field: '/content', message }]);
  }
  const samples = Object.entries(template.variables).map(([name, { type }]) => [
    name,
    SAMPLES[type],
  ]);
  contentOf(render(template, Object.fromEntries(samples) as Values, ''), '/content');
}

const SAMPLES = {
  text: 'x',
  number: 1,
  date: '2026-01-01',
  url: 'https://example.com/a.jpg',
} as const;

function contentOf(body: Readonly<Record<string, unknown>>, pointer: string): Content {
  try {
    const { content } = contentFromSend({ ...body, to: ANYBODY });
    if (content.type === 'template') throw nested();
    return content;
  } catch (error) {
    throw error instanceof Problem ? bodyPointer(error, pointer) : error;
  }
}

function nested(): Problem {
  const message = 'A template cannot be made of another';
  return new Problem('invalid_request', `${message}.`, [{ field: '/template', message }]);
}
