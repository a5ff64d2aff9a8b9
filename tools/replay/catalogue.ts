import { ReadWriteLock } from './read-write-lock.js';
import type { TraceProduct } from './trace.js';

interface Shelf {
  price: number;
  readonly lock: ReadWriteLock;
}

/**
 * What every product costs at this moment, by the replayer's own book-keeping, and the order of price changes and adds.
 *
 * The trace's prices differ between carts that are replayed in parallel, but the service has one price a product. So an
 * add holds its product's lock: shared where the product has the add's price already, alone where the price is changed
 * first. Between a price change and the adds that rely on it nobody else can change the price. It follows that an
 * accepted add takes the price of its own row, in whatever order the carts run, and that what a cart must contain in
 * the end is known from its own rows, without asking the service.
 */
export class Catalogue {
  private readonly shelves: ReadonlyMap<string, Shelf>;

  /** @param products what was imported, at the prices that were imported */
  constructor(products: Iterable<TraceProduct>) {
    this.shelves = new Map(
      [...products].map(({ sku, price }) => [sku, { price, lock: new ReadWriteLock() }]),
    );
  }

  /**
   * Runs `add` while the product costs `price` (minor units), after `change` where it costs something else.
   *
   * @throws Error for a product that was not imported; whatever `change` and `add` throw
   */
  async at(price: number, sku: string, change: () => Promise<void>, add: () => Promise<void>): Promise<void> {
    const shelf = this.shelves.get(sku);
    if (shelf === undefined) {
      throw new Error(`the trace has no product ${sku}`);
    }
    const done = await shelf.lock.read(async () => {
      if (shelf.price !== price) {
        return false;
      }
      await add();
      return true;
    });
    if (!done) {
      await shelf.lock.write(async () => {
        // Another cart may have made the same change while this one waited.
        if (shelf.price !== price) {
          await change();
          shelf.price = price;
        }
        await add();
      });
    }
  }
}
