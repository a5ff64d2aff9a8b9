import { isDeepStrictEqual } from 'node:util';
import type { Cart } from '../support/shop.js';
import { outcomeOf, type Change, type ModelCart, type Outcome } from './cart-model.js';
import type { CartRecord } from './cart-record.js';
import type { CatalogueTimeline } from './catalogue-timeline.js';
import type { Played, PlayedChange, PlayedHostility, PlayedLook, PlayedOfCart, Span } from './played.js';
import { decidedDuring, isRepeatedRightly } from './repeats.js';
import { addsUp, noticeOf, shown, textOf } from './shown.js';
import { during, type Reign } from './timeline.js';
import { LIMITS, type Claimant, type Sender } from './wishes.js';

type ProblemBody = Partial<Record<'code' | 'currentVersion', unknown>> & {
  readonly errors?: readonly { readonly pointer: string }[];
};

const NOT_FOUND = { status: 404, code: 'CART_NOT_FOUND' };

/** Checks whether the answers about one cart are consistent, except those to claims. */
export class Judge {
  constructor(
    private readonly record: CartRecord,
    /** All requests for this cart. */
    private readonly changes: readonly PlayedChange[],
    private readonly catalogue: CatalogueTimeline,
    private readonly customerIdOf: (claimant: Claimant) => string,
    /**
     * With a single process, notices include every acknowledged change. Changes of other processes arrive a moment
     * later.
     */
    private readonly isOneProcess: boolean,
  ) {}

  isExplained(one: Exclude<PlayedOfCart, { kind: 'claim' }>): boolean {
    // Checked before the caller is known.
    if (one.kind === 'hostile' && one.request.code === 'MALFORMED_JSON') return this.isRefused(one);
    if (one.sender === 'nobody' || one.sender === 'bad JWT')
      return isRefusal(one.answer, { status: 401, code: 'UNAUTHENTICATED' });
    switch (one.kind) {
      case 'hostile':
        return this.isRefused(one);
      case 'look':
        return this.isSeenRightly(one);
      case 'change':
        if (one.expected === 'malformed')
          return isRefusal(one.answer, { status: 400, code: 'INVALID_HEADER' });
        return isRepeatedRightly(one, this.changes) && this.isRightChange(one, one.expected);
    }
  }

  /** Whether a caller sees a cart in this state. */
  private opens(sender: Sender, { customerId }: ModelCart): boolean {
    switch (sender) {
      case 'admin':
        return true;
      case 'owner':
        return customerId === this.record.opened.customerId;
      case 'customer':
      case 'rival':
        return customerId === this.customerIdOf(sender);
      default:
        return false;
    }
  }

  private isRefused({ answer, request: { code } }: PlayedHostility): boolean {
    return isRefusal(answer, { status: 400, code });
  }

  private isRightChange(one: PlayedChange, expected: readonly number[] | undefined): boolean {
    const { answer } = one;
    if (answer.status >= 300) {
      return this.outcomes(one, expected).some(({ outcome, before }) => {
        const { currentVersion } = answer.body as ProblemBody;
        return isRefusal(answer, outcome) && (answer.status !== 412 || currentVersion === before.version);
      });
    }
    const version = one.change.op === 'discard' ? this.record.history.length : (answer.body.version ?? 0);
    const after = this.record.stateAt(version);
    // It made this version from the one before, or found it and changed nothing.
    const isExplained = this.outcomes(one, expected).some(({ outcome, before }) => {
      if (!('cart' in outcome) || outcome.status !== answer.status) return false;
      const leadsHere =
        before.version === version ||
        this.record.reigns.find((reign) => reign.version > before.version)?.version === version;
      return leadsHere && isDeepStrictEqual(outcome.cart, after);
    });
    return isExplained && (answer.status === 204 || this.isShown(one, after));
  }

  /** The possible outcomes of the request, in each possible state of cart and catalogue. */
  private outcomes(
    one: PlayedChange,
    expected: readonly number[] | undefined,
  ): { outcome: Outcome; before: Reign<ModelCart> }[] {
    const { change } = one;
    const span = decidedDuring(one, this.changes);
    return during(this.record.reigns, span).flatMap((before) =>
      this.catalogue.during(skusOf(change, before.state), span).map((catalogue) => {
        if (!this.opens(one.sender, before.state)) return { before, outcome: NOT_FOUND };
        const itemIdAt = (version: number) => this.record.itemIdAt(version);
        const world = { catalogue, limits: LIMITS, itemIdAt };
        return { before, outcome: outcomeOf(before.state, change, expected, world) };
      }),
    );
  }

  private isShown(one: PlayedChange, after: ModelCart): boolean {
    const { answer, prefersMinimal } = one;
    const { id, version } = after;
    if (prefersMinimal)
      return (
        isDeepStrictEqual(answer.body, { id, version }) && tagVersion(answer.headers['etag']) === version
      );
    return this.isCart(answer.body as Cart, answer.headers['etag'], after, one);
  }

  private isSeenRightly(one: PlayedLook): boolean {
    const { answer, sender, version, minVersion = 1 } = one;
    const present = during(this.record.reigns, one);
    if (isRefusal(answer, NOT_FOUND)) return present.some(({ state }) => !this.opens(sender, state));
    const open = present.filter(({ state }) => this.opens(sender, state));
    if (version !== undefined) {
      if (isRefusal(answer, { status: 404, code: 'VERSION_NOT_FOUND' }))
        return open.some((reign) => reign.version < version);
      const isThere = answer.status === 200 && open.some((reign) => reign.version >= version);
      return isThere && isDeepStrictEqual(shown(answer.body), this.record.stateAt(version));
    }
    // A GET shows a state that was the present one between the request and its answer.
    const reign = open.find((one) => one.version === answer.body.version);
    if (answer.status !== 200 || reign === undefined || reign.version < minVersion) return false;
    return this.isCart(answer.body, answer.headers['etag'], reign.state, one);
  }

  private isCart(cart: Cart, tag: string | undefined, expected: ModelCart, span: Span): boolean {
    return (
      isDeepStrictEqual(shown(cart), expected) &&
      addsUp(cart) &&
      this.areNoticed(cart, expected, span) &&
      tagVersion(tag) === cart.version &&
      tag?.includes('-') === cart.notices.length > 0
    );
  }

  private areNoticed({ notices }: Cart, { status, currency, items }: ModelCart, span: Span): boolean {
    if (status === 'discarded' || status === 'merged') return notices.length === 0;
    const expected = items.map((item) => {
      const products = this.isOneProcess
        ? this.catalogue.productsDuring(item.sku, span)
        : this.catalogue.productsBefore(item.sku, span);
      const texts = products.map((product) => noticeOf(item, product, currency));
      const notice = notices.find(({ itemId }) => itemId === item.id);
      return texts.includes(notice === undefined ? 'none' : textOf(notice));
    });
    return expected.every(Boolean) && notices.every(({ itemId }) => items.some(({ id }) => id === itemId));
  }
}

function isRefusal({ status, body }: Played['answer'], outcome: Outcome): boolean {
  if (!('code' in outcome)) return false;
  const { code, errors } = body as ProblemBody;
  const { pointer } = outcome;
  return (
    status === outcome.status &&
    code === outcome.code &&
    (pointer === undefined || errors?.[0]?.pointer === pointer)
  );
}

function tagVersion(tag: string | undefined): number {
  return Number(/^"(\d+)[-"]/.exec(tag ?? '')?.[1]);
}

function skusOf(change: Change, cart: ModelCart): string[] {
  if (change.op === 'reprice') return cart.items.map(({ sku }) => sku);
  const changes = change.op === 'several' ? change.operations : [change];
  return changes.flatMap((one) => (one.op === 'add' ? [one.sku] : []));
}
