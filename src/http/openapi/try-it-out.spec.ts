import { followStory } from './try-it-out.mjs';

const securitySchemes = {
  cart: { type: 'apiKey', 'x-example': 'example' },
  guest: { type: 'apiKey', 'x-example': 'example' },
  bearer: { type: 'http' },
};

it('enters the example of each scheme that has one, unless the browser has kept an entry', () => {
  const entered = new Map([['guest', 'kept']]);
  followStory(() => ({
    specSelectors: { specJson: () => ({ toJS: () => ({ components: { securitySchemes } }) }) },
    authSelectors: { authorized: () => entered },
    preauthorizeApiKey: (scheme, value) => entered.set(scheme, value),
  })).onComplete();
  expect([...entered]).toEqual([
    ['guest', 'kept'],
    ['cart', 'example'],
  ]);
});
