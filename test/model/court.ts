import type { HistoryEvent } from '../support/shop.js';
import { CartRecord, claimIn } from './cart-record.js';
import { CatalogueTimeline } from './catalogue-timeline.js';
import { ClaimJudge } from './claim-judge.js';
import { Judge } from './judge.js';
import type { PlayedOfCart } from './played.js';
import { decidedDuring } from './repeats.js';
import type { Stage } from './stage.js';
import type { Sighting } from './timeline.js';

/**
 * Checks whether all answers of a stage are consistent.
 * @param histories of the carts, in their order
 * @returns requests whose answers cannot be explained
 * @throws Error if no order of the accepted requests explains the histories
 */
export function verdictsOn(
  stage: Stage,
  histories: readonly (readonly HistoryEvent[])[],
  isOneProcess: boolean,
): string[] {
  const played = stage.played.filter((one) => one.kind !== 'product');
  const catalogue = new CatalogueTimeline(stage.played);
  const seen = [...sightingsOfChanges(played, histories), ...sightingsOfClaims(stage, played, histories)];
  const records = stage.carts.map(({ opened }, index) => {
    const ofCart = seen.filter(({ cartId }) => cartId === opened.id);
    return new CartRecord(opened, histories[index] ?? [], ofCart);
  });
  const claims = new ClaimJudge(records, ({ claimant }) => stage.customerId(claimant));
  const judges = records.map((record, index) => {
    const changes = played.filter((one) => one.kind === 'change').filter(({ cart }) => cart === index);
    return new Judge(record, changes, catalogue, (claimant) => stage.customerId(claimant), isOneProcess);
  });
  const wrong = played.filter((one) =>
    one.kind === 'claim' ? !claims.isExplained(one) : judges[one.cart]?.isExplained(one) !== true,
  );
  return wrong.map((one) =>
    JSON.stringify({ ...one, answer: { status: one.answer.status, body: one.answer.body } }),
  );

  function sightingsOfChanges(all: readonly PlayedOfCart[], of: typeof histories): SightingOfCart[] {
    const changes = all.filter((one) => one.kind === 'change');
    return changes
      .filter(({ answer }) => answer.status < 300)
      .map((one) => {
        // The answer to a discard has no version. It is the last one of the history.
        const version =
          one.change.op === 'discard' ? (of[one.cart]?.length ?? 0) : (one.answer.body.version ?? 0);
        const cartId = stage.carts[one.cart]?.opened.id;
        return { ...decidedDuring(one, changes), version, cartId };
      });
  }
}

interface SightingOfCart extends Sighting {
  readonly cartId: string | undefined;
}

/** A successful claim changed the claimed cart, and maybe another one. */
function sightingsOfClaims(
  stage: Stage,
  played: readonly PlayedOfCart[],
  histories: readonly (readonly HistoryEvent[])[],
): SightingOfCart[] {
  return played
    .filter((one) => one.kind === 'claim')
    .filter(({ answer }) => answer.status === 200)
    .flatMap(({ cart, sentAt, answeredAt }) => {
      const claim = claimIn(histories[cart] ?? []);
      if (claim === undefined) return [];
      const span = { sentAt, answeredAt };
      const claimed = { ...span, cartId: stage.carts[cart]?.opened.id, version: claim.version };
      if (claim.into === undefined) return [claimed];
      return [claimed, { ...span, cartId: claim.into.cartId, version: claim.into.after }];
    });
}
