/** A `traceparent` header of W3C Trace Context, version 00: trace id, id of the span, flags. */
const TRACEPARENT = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
/** The lowest bit of the flags: the trace is recorded. */
const SAMPLED = /[13579bdf]$/;

/** Whether a text is a `traceparent` of W3C Trace Context, version 00. */
export function isTraceparent(text: string): boolean {
  return TRACEPARENT.test(text);
}

/** Whether a `traceparent` is valid and its trace is recorded. */
export function isSampled(traceparent: string): boolean {
  return SAMPLED.test(traceparent) && isTraceparent(traceparent);
}
