import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SECRET_BYTES } from './access-settings.js';

const FILE = 'secrets.json';

/** Secrets for development. The service makes them once. */
export interface MadeSecrets {
  readonly jwtSecret: string;
  readonly cartTokenSecret: string;
}

/**
 * Reads the secrets in a folder, or makes them. Only the owner of the file can read it.
 * @throws Error that names the file when it cannot be written or does not contain secrets
 */
export async function madeSecrets(folder: string): Promise<MadeSecrets> {
  const file = join(folder, FILE);
  return (await read(file)) ?? (await make(folder, file));
}

async function read(file: string): Promise<MadeSecrets | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const { jwtSecret, cartTokenSecret } = parse(text);
  if (!isSecret(jwtSecret) || !isSecret(cartTokenSecret)) {
    throw new Error(
      `${file} does not hold the secrets of the service: remove it, and the service makes new ones.`,
    );
  }
  return { jwtSecret, cartTokenSecret };
}

async function make(folder: string, file: string): Promise<MadeSecrets> {
  const secret = () => randomBytes(SECRET_BYTES).toString('base64url');
  const secrets: MadeSecrets = { jwtSecret: secret(), cartTokenSecret: secret() };
  await mkdir(folder, { recursive: true });
  // The file appears complete or not at all. Of several processes, the first wins, and the others use its secrets.
  const draft = `${file}.${process.pid}-${secret()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    await handle.writeFile(`${JSON.stringify(secrets, undefined, 2)}\n`);
    await handle.sync();
    await handle.close();
    await link(draft, file);
    return secrets;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    return (await read(file)) ?? secrets;
  } finally {
    await rm(draft, { force: true });
  }
}

function parse(text: string): Partial<Record<keyof MadeSecrets, unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as Partial<Record<keyof MadeSecrets, unknown>>;
  } catch {
    // The caller reports that the file holds no secrets.
    return {};
  }
}

function isSecret(value: unknown): value is string {
  return typeof value === 'string' && Buffer.byteLength(value) >= SECRET_BYTES;
}

/** In a test, Node's errors are not instances of Error: jest runs tests in another realm. */
function hasCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown } | undefined)?.code === code;
}
