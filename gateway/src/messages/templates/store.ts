import type { Template } from './template.ts';

/** A template as it is kept. */
export interface StoredTemplate extends Template {
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What templates need of storage. A template is known by workspace, name and language. */
export interface TemplateStore {
  /** By name and language. */
  list(workspaceId: string): Promise<StoredTemplate[]>;
  find(workspaceId: string, name: string, language: string): Promise<StoredTemplate | null>;
  /** Replaces the one under the same name and language, whose time of creation stays. */
  save(workspaceId: string, template: Template, nowMs: number): Promise<StoredTemplate>;
  /** Null language: all languages. Answers how many went. */
  remove(workspaceId: string, name: string, language: string | null): Promise<number>;
}
