import { setTimeout as sleep } from 'node:timers/promises';
import { Adders } from './adders.js';
import { Check, type Findings } from './check.js';
import { LossyStage } from './lossy-stage.js';

const CUT_OFF_MS = 1_000;
const SHOPPERS = 4;

/** Events are lost while nobody sends requests. The operator brings the former primary back. */
export async function loseEventsWhenIdle(folder: string): Promise<Findings> {
  const check = new Check();
  const stage = await LossyStage.set(folder);
  try {
    const { pair } = stage;
    const former = pair.primary;
    const adders = new Adders();
    await adders.begin(stage.services, SHOPPERS);
    pair.cutStandbyOff();
    await sleep(CUT_OFF_MS);
    await adders.end();
    await pair.killAndPromote();
    pair.leadTo(pair.standby);
    const stoppedMs = await stage.untilNoneIsReady();
    await stage.dismiss();
    await pair.standby.stop();
    await former.start();
    pair.leadTo(former);
    const service = await stage.launch().ready();
    for (const [cartId, version] of adders.versions) {
      const cart = await service.shop.cart(cartId, version);
      check.that('an acknowledged add is there', cart.quantity === version - 1, { cart, version });
    }
    const { code, stderr } = await service.stop();
    check.that('it ends in good order', code === 0 && stderr === '', { code, stderr });
    const figures = { acknowledged: adders.acknowledged.length, 'stopped after ms': stoppedMs };
    return { violations: check.violations, figures };
  } finally {
    await stage.clear();
  }
}
