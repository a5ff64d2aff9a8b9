import { isSampled, isTraceparent } from './traceparent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it.each([`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-ff`])(
    'is taken as it is: %s',
    (text) => {
      expect(isTraceparent(text)).toBe(true);
    },
  );

  it.each([
    '',
    'traceparent',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01\n`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `01-${TRACE}-${SPAN}-01`,
    `ff-${TRACE}-${SPAN}-01`,
  ])('is refused if it is malformed: %j', (text) => {
    expect([isTraceparent(text), isSampled(text)]).toEqual([false, false]);
  });

  it('says whether its trace is recorded', () => {
    const sampled = ['00', '01', '02', '03', 'fe', 'ff'].filter((flags) =>
      isSampled(`00-${TRACE}-${SPAN}-${flags}`),
    );
    expect(sampled).toEqual(['01', '03', 'ff']);
  });
});
