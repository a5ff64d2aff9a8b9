import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ServiceProcess } from '../support/service-process.js';
import { launchChromium } from './chromium.js';
import { SwaggerPage } from './swagger-page.js';

const run = promisify(execFile);
/** A live stream does not end, and nothing is parked in a new shop. */
const LEFT_OUT = /Events_stream|Projections_(retry|drop)$/;

const folder = await mkdtemp(join(tmpdir(), 'cartwright-browser-'));
const dataDir = join(folder, 'data');
try {
  // PostgreSQL's own system user, where root runs this, has to pass.
  await chmod(folder, 0o711);
  const made = { AUTH_JWT_SECRET: undefined, CART_TOKEN_SECRETS: undefined };
  const service = await ServiceProcess.start({ DATA_DIR: dataDir, DEMO_CATALOG: 'on', ...made });
  try {
    const failures = await tryEverythingOut(service.origin);
    failures.push(
      ...service.complaints.map((complaint) => `The service logged ${JSON.stringify(complaint)}`),
    );
    for (const failure of failures) say(failure);
    process.exitCode = failures.length === 0 ? 0 : 1;
  } finally {
    await service.stop();
  }
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

/** Does what a reader of the page does who edits nothing. @returns what went wrong */
async function tryEverythingOut(origin: string): Promise<string[]> {
  const browser = await launchChromium();
  try {
    const page = await SwaggerPage.open(browser, `${origin}/docs`);
    const failures: string[] = [];
    await page.authorize('bearer', await token('ops', 'admin', 'service'));
    await page.authorize('customer', await token('ada'));
    // The browser keeps what was entered, so that it still holds after this.
    await page.reload();
    await page.reload();
    const operations = (await page.operations()).filter((id) => !LEFT_OUT.test(id));
    for (const id of operations) {
      const { status, body } = await page.execute(id);
      say(`${status} ${id}`);
      if (!/^2\d\d$/.test(status)) failures.push(`${id} was answered with ${status}: ${body}`);
    }
    if (operations.length < 20) failures.push(`The page shows ${operations.length} operations only.`);
    return [...failures, ...page.errors];
  } finally {
    await browser.close();
  }
}

async function token(...parameters: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['tools/token/main.mjs', ...parameters], {
    env: { ...process.env, DATA_DIR: dataDir },
  });
  return stdout.trim();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
