import { CartTokens } from './cart-tokens.js';

const [CART, OTHER_CART] = ['01a207ca-2cc7-7233-bd93-59a6d0b921e1', '01a207ca-2cc7-7233-bd93-59a6d0b921e2'];
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const tokens = new CartTokens(['new', 'old']);
const token = tokens.tokenOf(CART);

it('is the same for the same cart, another for another one, and hard to guess', () => {
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(tokens.tokenOf(CART)).toBe(token);
  expect(tokens.tokenOf(OTHER_CART)).not.toBe(token);
  expect(new CartTokens(['new']).tokenOf(CART)).toBe(token);
});

it('opens its cart alone', () => {
  expect(tokens.verify(CART, token)).toBe(true);
  expect(tokens.verify(OTHER_CART, token)).toBe(false);
});

it('is told from wrong ones after it was found right, and as often as it comes', () => {
  for (let time = 0; time < 3; time += 1) {
    expect(tokens.verify(CART, token)).toBe(true);
    expect(tokens.verify(CART, tokens.tokenOf(OTHER_CART))).toBe(false);
    expect(tokens.verify(OTHER_CART, token)).toBe(false);
  }
});

it('opens no cart with any character wrong, missing or in excess', () => {
  for (let at = 0; at < token.length; at += 1) {
    for (const character of ALPHABET) {
      const forged = token.slice(0, at) + character + token.slice(at + 1);
      expect([forged, tokens.verify(CART, forged)]).toEqual([forged, forged === token]);
    }
  }
  for (const forged of [
    '',
    token.slice(1),
    `${token}A`,
    `${token}=`,
    ` ${token}`,
    token.toLowerCase(),
    'é'.repeat(43),
  ]) {
    expect([forged, tokens.verify(CART, forged)]).toEqual([forged, false]);
  }
});

it('is good as long as its secret is one of those that verify', () => {
  const old = new CartTokens(['old']).tokenOf(CART);
  expect(old).not.toBe(token);
  expect(tokens.verify(CART, old)).toBe(true);
  expect(new CartTokens(['newer', 'new', 'old']).verify(CART, old)).toBe(true);
  expect(new CartTokens(['newer', 'new']).verify(CART, old)).toBe(false);
});

it('cannot be made without a secret', () => {
  expect(() => new CartTokens([])).toThrow('got no secret');
});
