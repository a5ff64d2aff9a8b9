const projection = {
  name: 'carts',
  kind: 'projection',
  position: 4711,
  head: 4712,
  lag: 1,
  lagSeconds: 0.012,
  state: 'running',
  parked: 0,
  rebuilding: false,
};

const parkedEvent = {
  id: '01a2072e-0f7c-753a-a381-fbd26ce46ce4',
  stream: 'cart-01a2072e-0f7c-753a-a381-fbd26ce46ce5',
  position: 4711,
  type: 'cart.item-added',
  attempts: 6,
  error: 'Error: The mail server refused the letter.',
  parkedAt: '2026-11-23T09:12:44.310Z',
  retryAt: null,
};

/** Answers as they look in the OpenAPI document. */
export const EXAMPLES = {
  projections: [projection],
  parkedEvents: { events: [parkedEvent], nextCursor: null },
  metrics: `# HELP cartwright_subscription_lag Positions between a subscription and the head of the log.
# TYPE cartwright_subscription_lag gauge
cartwright_subscription_lag{name="carts",kind="projection"} 1
`,
};
