import type { Versioned } from '../../event-sourcing/index.js';
import type { Product } from './product.js';

/** A product at one version, either folded from its stream or read from the view. */
export interface ProductContent extends Product {
  /** Number of its events. */
  readonly version: number;
  readonly updatedAt: Date;
}

/** @throws Error for a stream without events */
export function productContent({
  state,
  version,
  occurredAt,
}: Versioned<Product | undefined>): ProductContent {
  if (state === undefined || occurredAt === undefined) throw new Error('There is no product in this stream.');
  return { ...state, version, updatedAt: occurredAt };
}
