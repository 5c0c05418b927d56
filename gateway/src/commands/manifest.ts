import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type CopiedFile, describeFile, ifThere } from './copying.ts';
import { CommandFailed } from './failure.ts';

/** Names what a backup holds. Written last: a folder without it is not a finished backup. */
export const MANIFEST = 'backup.json';

/** Below the backup's folder: what is to lie in the data folder. */
export const CONTENTS = 'data';

/** A backup must not be able to write anywhere but below the data folder. */
const safePath = z
  .string()
  .max(1_000)
  .refine(
    (path) =>
      !/[\\:\0]/.test(path) && path.split('/').every((part) => !['', '.', '..'].includes(part)),
    'is not a path below the data folder',
  );

const manifestSchema = z.object({
  format: z.literal(1),
  version: z.string(),
  createdAt: z.string(),
  schema: z.number().int(),
  encrypted: z.boolean(),
  files: z.array(
    z.object({
      path: safePath,
      bytes: z.number().int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/** What a backup holds, and which program made it when. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Reads the manifest of a backup; rejects with `CommandFailed` when the folder is no finished backup. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await ifThere(readFile(join(folder, MANIFEST), 'utf8'));
  if (text === null) {
    throw new CommandFailed(`${folder} is not a finished backup: there is no ${MANIFEST} in it.`);
  }
  const parsed = manifestSchema.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CommandFailed(
    `${join(folder, MANIFEST)} cannot be used: ${issue?.path.join('.')} ${issue?.message}.`,
  );
}

/** Reads every file of a backup again; rejects with `CommandFailed` on the first that is not as written. */
export async function verifyFiles(folder: string, files: readonly CopiedFile[]): Promise<void> {
  for (const { path, bytes, sha256 } of files) {
    const file = join(folder, path);
    const found = await ifThere(describeFile(folder, path));
    if (found === null) throw new CommandFailed(`The backup is not complete: ${file} is missing.`);
    if (found.bytes !== bytes || found.sha256 !== sha256) {
      throw new CommandFailed(`The backup is damaged: ${file} is not as it was written.`);
    }
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
