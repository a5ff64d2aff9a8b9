import { cartEvents } from '../../src/cart/domain/cart.events.js';
import { productEvents } from '../../src/catalog/domain/product.events.js';
import { EventLog, EventRegistry, SettledLog } from '../../src/event-sourcing/index.js';

/** Whatever goes wrong beside an append or a read ends the bench; see `main.ts`. */
const fail = (error: Error): never => {
  throw error;
};

/** The log of the database at `url`, set up as the service sets it up. Losing it fails the bench. */
export function openLog(url: string): EventLog {
  const registry = new EventRegistry();
  registry.register(cartEvents);
  registry.register(productEvents);
  const options = {
    connection: { connectionString: url },
    maxBatchesInFlight: 2,
    maxBatchSize: 256,
    patienceMs: 5_000,
  };
  return new EventLog(options, registry, fail);
}

/** Follows the log; resolves when all that was there before is settled. */
export async function follow(log: EventLog): Promise<SettledLog> {
  const settled = new SettledLog(log, { onConnectionError: fail, onFatal: fail });
  await settled.start();
  await new Promise<void>((resolve) => {
    const resolveIfOpen = (): void => {
      if (!settled.isOpen) return;
      stopListening();
      resolve();
    };
    const stopListening = settled.onAdvance(resolveIfOpen);
    resolveIfOpen();
  });
  return settled;
}
