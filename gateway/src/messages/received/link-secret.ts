import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Random } from '../../kernel/random.ts';

const SECRET_BYTES = 32;

/**
 * The secret that signs media links, from a file that is made at the first start and readable by its
 * owner only. Throws when the file is there but damaged: a new one would break every link in silence.
 */
export async function loadLinkSecret(file: string, random: Random): Promise<Uint8Array> {
  const kept = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (kept?.length === SECRET_BYTES) return kept;
  if (kept !== null) throw new Error(`${file} is damaged; remove it to have a new one made`);
  const secret = random.bytes(SECRET_BYTES);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(secret);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return secret;
}
