import { contentFromSend, type SendRequest } from '../messages/catalogue/catalogue.ts';
import { fillPlaces, type Values } from '../messages/templates/template.ts';

/**
 * What one recipient gets: each `{{name}}` in any text of the content replaced by the recipient's
 * variable. Throws a `Problem`, as `send` does, when what comes out is no message.
 */
export function requestFor(
  content: Readonly<Record<string, unknown>>,
  recipient: { readonly to: string; readonly variables: Values },
  expiresAtMs: number | null,
): SendRequest {
  const { to, variables } = recipient;
  const filled = fillPlaces(content, (name) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? '') : '',
  );
  const request = contentFromSend({ ...filled, to });
  return { ...request, timing: { sendAtMs: null, expiresAtMs } };
}
