const integer = (description: string) => ({ description, schema: { type: 'integer' as const } });
const text = (description: string, example: string) => ({
  description,
  schema: { type: 'string' as const, example },
});

/** The headers that tell callers what they may send; by example, of one who may not at the moment. */
export const RATE_LIMIT_HEADERS = {
  'RateLimit-Policy': text('What a caller may send: `q` requests in `w` seconds.', '"caller";q=200;w=1'),
  RateLimit: text('`r` requests are left for the next `t` seconds.', '"caller";r=0;t=1'),
  'RateLimit-Limit': integer('`q` by itself.'),
  'RateLimit-Remaining': integer('`r` by itself.'),
  'RateLimit-Reset': integer('`t` by itself.'),
};
