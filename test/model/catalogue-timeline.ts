import type { Catalogue, ModelProduct } from './cart-model.js';
import type { Played, PlayedProduct, Span } from './played.js';
import { during, timelineOf, type Reign } from './timeline.js';

/** The possible states of the products over time. */
export class CatalogueTimeline {
  private readonly products = new Map<string, Reign<ModelProduct>[]>();

  /** @throws Error if the answers of the catalogue contradict each other */
  constructor(played: readonly Played[]) {
    const puts = played.filter((one) => one.kind === 'product');
    for (const sku of new Set(puts.map((put) => put.sku))) {
      const ofSku = puts.filter((put) => put.sku === sku).sort((a, b) => versionOf(a) - versionOf(b));
      const states = new Map(ofSku.map((put) => [versionOf(put), productOf(put)]));
      const sightings = ofSku.map((put) => ({ ...put, version: versionOf(put) }));
      this.products.set(sku, timelineOf(states, sightings));
    }
  }

  /** The possible states of a product between a request and its answer; `undefined` means unknown. */
  productsDuring(sku: string, span: Span): ModelProduct[] {
    const reigns = this.products.get(sku);
    return reigns === undefined ? [undefined] : during(reigns, span).map(({ state }) => state);
  }

  /** The possible states of a product as seen by a process that lags behind others by a moment. */
  productsBefore(sku: string, { answeredAt }: Span): ModelProduct[] {
    return this.productsDuring(sku, { sentAt: 0, answeredAt });
  }

  /** Every possible combination of these products between a request and its answer. */
  during(skus: readonly string[], span: Span): Catalogue[] {
    let combinations: ReadonlyMap<string, ModelProduct>[] = [new Map()];
    for (const sku of new Set(skus)) {
      const products = this.productsDuring(sku, span);
      combinations = combinations.flatMap((known) =>
        products.map((product) => new Map([...known, [sku, product]])),
      );
    }
    return combinations.map((known) => (sku) => known.get(sku));
  }
}

const versionOf = ({ answer }: PlayedProduct): number => answer.body.version;

function productOf({ answer: { body } }: PlayedProduct): ModelProduct {
  const { name, price, active } = body;
  return { name, active, ...price };
}
