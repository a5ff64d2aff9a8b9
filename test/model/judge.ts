import { isDeepStrictEqual } from 'node:util';
import type { Cart, HistoryEvent } from '../support/shop.js';
import { outcomeOf, type Change, type ModelCart, type Outcome } from './cart-model.js';
import type { CatalogueTimeline } from './catalogue-timeline.js';
import type { Played, PlayedChange, PlayedHostility, PlayedLook, Span } from './played.js';
import { decidedDuring, isRepeatedRightly } from './repeats.js';
import { addsUp, noticeOf, shown, statesOf, textOf } from './shown.js';
import { during, timelineOf, type Reign } from './timeline.js';
import { LIMITS, type Sender } from './wishes.js';

type ProblemBody = Partial<Record<'code' | 'currentVersion', unknown>> & {
  readonly errors?: readonly { readonly pointer: string }[];
};

/** Finds out whether all that was answered about one cart can be true together. */
export class Judge {
  private readonly states: (ModelCart | undefined)[];
  private readonly reigns: Reign<ModelCart>[];
  private readonly changes: readonly PlayedChange[];

  /** @throws Error where no order of the accepted requests makes sense */
  constructor(
    opened: Cart,
    private readonly history: readonly HistoryEvent[],
    private readonly played: readonly Exclude<Played, { kind: 'product' }>[],
    private readonly catalogue: CatalogueTimeline,
    /** What a single process says of a product is up to date; what others have just heard is seen by a notice a moment later. */
    private readonly isOneProcess: boolean,
  ) {
    this.states = statesOf(opened.id, history);
    this.changes = played.filter((one) => one.kind === 'change');
    this.reigns = this.timeline(opened.version);
  }

  /** What cannot be explained: requests, and what was answered. */
  verdicts(): string[] {
    const wrong = this.played.filter((one) => !this.isExplained(one));
    return wrong.map((one) =>
      JSON.stringify({ ...one, answer: { status: one.answer.status, body: one.answer.body } }),
    );
  }

  private timeline(first: number): Reign<ModelCart>[] {
    const accepted = this.changes.filter(({ answer }) => answer.status < 300);
    const sightings = accepted.map((one) => {
      return { ...decidedDuring(one, this.changes), version: this.versionAfter(one) };
    });
    const versions = [...new Set([first, ...sightings.map(({ version }) => version)])].sort((a, b) => a - b);
    if (versions.at(-1) !== this.history.length)
      throw new Error(`${this.history.length} events, and ${versions.join(', ')} were answered.`);
    const states = new Map(versions.map((version) => [version, this.stateAt(version)]));
    // Opened before anybody could ask for it.
    return timelineOf(states, [{ version: first, sentAt: 0, answeredAt: 0 }, ...sightings]);
  }

  /** The answer to a discard tells no version; the history does, as nothing comes after it. */
  private versionAfter({ change, answer }: PlayedChange): number {
    return change.op === 'discard' ? this.history.length : (answer.body.version ?? 0);
  }

  private stateAt(version: number): ModelCart {
    const state = this.states[version];
    if (state === undefined) throw new Error(`The history has no version ${version}.`);
    return state;
  }

  private isExplained(one: Exclude<Played, { kind: 'product' }>): boolean {
    // Before anybody asks who has sent it.
    if (one.kind === 'hostile' && one.request.code === 'MALFORMED_JSON') return this.isRefused(one);
    const refusal = refusalOfSender(one.sender);
    if (refusal?.status === 401) return isRefusal(one.answer, refusal);
    switch (one.kind) {
      case 'hostile':
        return this.isRefused(one);
      case 'look':
        return refusal ? isRefusal(one.answer, refusal) : this.isSeenRightly(one);
      case 'change':
        if (one.expected === 'malformed')
          return isRefusal(one.answer, { status: 400, code: 'INVALID_HEADER' });
        if (refusal) return isRefusal(one.answer, refusal);
        return isRepeatedRightly(one, this.changes) && this.isRightChange(one, one.expected);
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
    const version = this.versionAfter(one);
    const after = this.stateAt(version);
    // It has led from the version before to its own, or has found its own and left it alone.
    const isExplained = this.outcomes(one, expected).some(({ outcome, before }) => {
      if (!('cart' in outcome) || outcome.status !== answer.status) return false;
      const leadsHere =
        before.version === version ||
        this.reigns.find((reign) => reign.version > before.version)?.version === version;
      return leadsHere && isDeepStrictEqual(outcome.cart, after);
    });
    return isExplained && (answer.status === 204 || this.isShown(one, after));
  }

  /** What the request may have come to, in each of the worlds there may have been. */
  private outcomes(
    one: PlayedChange,
    expected: readonly number[] | undefined,
  ): { outcome: Outcome; before: Reign<ModelCart> }[] {
    const { change } = one;
    const span = decidedDuring(one, this.changes);
    return during(this.reigns, span).flatMap((before) =>
      this.catalogue.during(skusOf(change, before.state), span).map((catalogue) => {
        const world = { catalogue, limits: LIMITS, itemIdAt: (version: number) => this.itemIdAt(version) };
        return { before, outcome: outcomeOf(before.state, change, expected, world) };
      }),
    );
  }

  private itemIdAt(version: number): string {
    return String(this.history[version - 1]?.data['itemId']);
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
    const { answer, version, minVersion = 1 } = one;
    const present = during(this.reigns, one);
    if (version !== undefined) {
      if (answer.status === 404)
        return (
          isRefusal(answer, { status: 404, code: 'VERSION_NOT_FOUND' }) &&
          present.some((reign) => reign.version < version)
        );
      return (
        present.some((reign) => reign.version >= version) &&
        isDeepStrictEqual(shown(answer.body), this.stateAt(version))
      );
    }
    // A view may lag behind, but it never runs ahead, and shows nothing that was not the present state at some time.
    const reign = this.reigns.find((one) => one.version === answer.body.version);
    if (answer.status !== 200 || reign === undefined || reign.version < minVersion) return false;
    return reign.from <= one.answeredAt && this.isCart(answer.body, answer.headers['etag'], reign.state, one);
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
    if (status === 'discarded') return notices.length === 0;
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

function refusalOfSender(sender: Sender): { status: number; code: string } | undefined {
  if (sender === 'nobody' || sender === 'bad JWT') return { status: 401, code: 'UNAUTHENTICATED' };
  if (sender === 'stranger' || sender === 'wrong token') return { status: 404, code: 'CART_NOT_FOUND' };
  return undefined;
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
