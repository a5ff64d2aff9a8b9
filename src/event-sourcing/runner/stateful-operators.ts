/**
 * Operators of rxjs that keep something from one event to the next. Others, such as `take`, may do that too, but are
 * also used on the inner streams of `mergeMap`, where they do no harm; `sagaContract` of the testing entry finds those.
 */
const STATEFUL = [
  ...['scan', 'mergeScan', 'switchScan', 'pairwise', 'groupBy'],
  ...['buffer', 'bufferCount', 'bufferTime', 'bufferToggle', 'bufferWhen'],
  ...['window', 'windowCount', 'windowTime', 'windowToggle', 'windowWhen'],
  ...['debounce', 'debounceTime', 'throttle', 'throttleTime', 'audit', 'auditTime', 'sample', 'sampleTime'],
  ...['distinct', 'distinctUntilChanged', 'distinctUntilKeyChanged'],
  ...['combineLatest', 'combineLatestWith', 'withLatestFrom', 'zip', 'zipWith'],
];

/** A call in the source: `scan(`, or `(0, rxjs_1.scan)(` after compilation to CommonJS. */
const CALL = new RegExp(`(?:(?<![\\w$.])|\\(0, ?[\\w$]+\\.)(${STATEFUL.join('|')})\\)?\\(`);

/** The first operator that a saga calls and that keeps something between events. */
export function statefulOperatorOf(saga: (...parameters: never[]) => unknown): string | undefined {
  return CALL.exec(Function.prototype.toString.call(saga))?.[1];
}
