import { join } from 'node:path';
import { useFolders } from '../lifecycle/folders.js';
import { LaunchedService } from '../lifecycle/launched-service.js';
import { commandsOf, runInShell } from './commands.js';

const DOCUMENTED = 'http://127.0.0.1:3000';
const at = useFolders();

/** The service as `npm start` runs it: with a catalogue and secrets of its own. */
async function started(): Promise<LaunchedService> {
  const made = { AUTH_JWT_SECRET: undefined, CART_TOKEN_SECRETS: undefined };
  return LaunchedService.start({ DATA_DIR: at.dataDir, DEMO_CATALOG: 'on', ...made }).ready();
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
  it('show a product, and open a cart of two at the price of the catalogue', async () => {
    const service = await started();
    const origin = await service.listens();
    const requests = commandsOf('README.md').filter((block) => block.includes('curl'));
    expect(requests).toHaveLength(1);
    const printed = await runInShell(
      requests.map((block) => block.replaceAll(DOCUMENTED, origin)),
      {},
    );
    expect(printed).toContain('"name":"Mug, 300 ml"');
    expect(printed).toContain('"total":{"amount":3998,"currency":"EUR"}');
    expect(printed).toContain('"token":');
    await service.stop();
  });
});
