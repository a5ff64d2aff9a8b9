import { join } from 'node:path';
import { useFolders } from '../lifecycle/folders.js';
import { LaunchedService } from '../lifecycle/launched-service.js';
import { commandsOf, runInShell } from './commands.js';

const DOCUMENTED = 'http://127.0.0.1:3000';
const at = useFolders();

/** The service as `npm start` runs it: with secrets that it makes for itself. */
async function started(): Promise<LaunchedService> {
  const made = { AUTH_JWT_SECRET: undefined, CART_TOKEN_SECRETS: undefined };
  return LaunchedService.start({ DATA_DIR: at.dataDir, ...made }).ready();
}

describe('the commands of docs/tutorial.md', () => {
  it('run one after the other and print what the page says', async () => {
    const service = await started();
    const origin = await service.listens();
    const cartFile = join(at.folder, 'cart.json');
    const commands = commandsOf('docs/tutorial.md').map((block) =>
      block.replaceAll(DOCUMENTED, origin).replaceAll('cart.json', cartFile),
    );
    expect(commands.length).toBeGreaterThan(6);
    const printed = await runInShell(commands, { DATA_DIR: at.dataDir });
    expect(printed).toContain('404\n');
    expect(printed).toContain("code: 'PRICE_CHANGED'");
    expect(printed).toContain("'1 cart.opened'");
    expect(printed).toContain("cart.claimed'");
    expect(printed).toContain("{ amount: 1530, currency: 'GBP' }");
    await service.stop();
  });
});

describe('the requests of README.md', () => {
  it('open a cart of six at the price of the catalogue', async () => {
    const service = await started();
    const origin = await service.listens();
    const [, admin = ''] = /export ADMIN_TOKEN=(\S+)/.exec(service.stdout) ?? [];
    const requests = commandsOf('README.md').filter((block) => block.includes('curl'));
    expect(requests).toHaveLength(1);
    const commands = requests.map((block) =>
      block.replaceAll(DOCUMENTED, origin).replace('export ADMIN_TOKEN=…', `export ADMIN_TOKEN=${admin}`),
    );
    const printed = await runInShell(commands, {});
    expect(printed).toContain('"total":{"amount":1530,"currency":"GBP"}');
    expect(printed).toContain('"token":');
    await service.stop();
  });
});
