import { BAD_JWTS, NO_JWTS } from '../access/bad-jwts.js';
import { CART, hostileInputs, ITEMS, type Row } from './hostile-input.js';

const ADD = `POST ${ITEMS}`;
const GOOD = '{"sku":"MUG-1","quantity":1}';
const WHO = '401 UNAUTHENTICATED';
const NO_CART = '404 CART_NOT_FOUND';

/** Bad only where an issuer or an audience is asked for, which the service of these inputs does not. */
const GOOD_HERE = /issuer|audience/;

const jwts: readonly Row[] = [
  ...Object.entries(BAD_JWTS).filter(([what]) => !GOOD_HERE.test(what)),
  ...Object.entries({ 'no credentials': '' }),
].map(([what, jwt]): Row => [`a JWT: ${what}`, ADD, GOOD, WHO, { authorization: `Bearer ${jwt}` }]);

const noJwts = NO_JWTS.map((value): Row => [
  `Authorization: ${value.slice(0, 20)}`,
  ADD,
  GOOD,
  WHO,
  { authorization: value },
]);

const tokens = ['x', 'A'.repeat(43), 'A'.repeat(4_000), "' OR ''='", '__proto__', '{cartId}'].map(
  (token): Row => [`the cart token ${token.slice(0, 20)}`, ADD, GOOD, NO_CART, { 'x-cart-token': token }],
);

/** Callers who are not who they say they are. */
export const hostileCredentials = hostileInputs([
  ...jwts,
  ...noJwts,
  ...tokens,
  ...['', ' '].map((token): Row => ['an empty cart token', ADD, GOOD, WHO, { 'x-cart-token': token }]),
  ['nobody who changes a cart', ADD, GOOD, WHO, { authorization: null }],
  ['nobody who gives a cart up', `DELETE ${CART}`, undefined, WHO, { authorization: null }],
]);
