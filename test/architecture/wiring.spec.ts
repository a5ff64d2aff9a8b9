import { ambiguous, featuresOf, unlisted, unregistered } from './wiring.js';

const FIXTURE = 'test/architecture/fixtures/wiring';

describe('every feature', () => {
  it('lists its handlers and controllers in its module', async () => {
    const features = await featuresOf('.');
    expect(features.flatMap(unlisted)).toEqual([]);
    expect(features.flatMap(({ parts }) => parts).length).toBeGreaterThan(20);
  });

  it('is caught where it does not, or forgets a decorator', async () => {
    expect((await featuresOf(FIXTURE)).flatMap(unlisted)).toEqual([
      'src/cart/commands/unlisted.command.ts UnlistedHandler',
      'src/cart/http/unlisted.controller.ts UnlistedController',
      'src/cart/queries/undecorated.query.ts UndecoratedHandler',
      'src/cart/views/unlisted.projection.ts UnlistedProjection',
    ]);
  });

  it('registers its events', async () => {
    const features = await featuresOf('.');
    expect(features.flatMap(unregistered)).toEqual([]);
    expect(features.flatMap(({ events }) => events).length).toBeGreaterThan(10);
  });

  it('is caught where it does not', async () => {
    expect((await featuresOf(FIXTURE)).flatMap(unregistered)).toEqual([
      'src/cart/domain/cart.events.ts CartForgotten',
    ]);
  });
});

describe('the name of an event', () => {
  it('belongs to one class alone', async () => {
    expect(ambiguous(await featuresOf('.'))).toEqual([]);
  });

  it('is caught where two classes have it', async () => {
    expect(ambiguous(await featuresOf(FIXTURE))).toEqual(['cart.opened']);
  });
});
