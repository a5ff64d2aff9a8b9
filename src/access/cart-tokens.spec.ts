import { CartTokens } from './cart-tokens.js';

const [CART, OTHER_CART] = ['01a207ca-2cc7-7233-bd93-59a6d0b921e1', '01a207ca-2cc7-7233-bd93-59a6d0b921e2'];
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const tokens = new CartTokens(['new', 'old']);
const token = tokens.tokenOf(CART);

it('makes one token for each cart, of 43 characters, by the first secret', () => {
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(tokens.tokenOf(CART)).toBe(token);
  expect(tokens.tokenOf(OTHER_CART)).not.toBe(token);
  expect(new CartTokens(['new']).tokenOf(CART)).toBe(token);
});

it('verifies a token for its own cart only', () => {
  expect(tokens.verify(CART, token)).toBe(true);
  expect(tokens.verify(OTHER_CART, token)).toBe(false);
});

it('distinguishes right and wrong tokens again after a right one was remembered', () => {
  for (let time = 0; time < 3; time += 1) {
    expect(tokens.verify(CART, token)).toBe(true);
    expect(tokens.verify(CART, tokens.tokenOf(OTHER_CART))).toBe(false);
    expect(tokens.verify(OTHER_CART, token)).toBe(false);
  }
});

it('refuses a token with a wrong, missing or additional character', () => {
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

it('accepts a token while its secret is one of the configured ones', () => {
  const old = new CartTokens(['old']).tokenOf(CART);
  expect(old).not.toBe(token);
  expect(tokens.verify(CART, old)).toBe(true);
  expect(new CartTokens(['newer', 'new', 'old']).verify(CART, old)).toBe(true);
  expect(new CartTokens(['newer', 'new']).verify(CART, old)).toBe(false);
});

it('refuses to work without a secret', () => {
  expect(() => new CartTokens([])).toThrow('got no secret');
});
