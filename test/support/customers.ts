import { asCustomer } from './credentials.js';
import type { Answer, Headers, HttpClient } from './http-client.js';
import { granted, type Cart, type ItemWish, type Money, type OpenedCart } from './shop.js';

/** What a claim did with one item. */
export interface MergedItem {
  readonly sku: string;
  readonly options: Readonly<Record<string, string>>;
  readonly from: number;
  readonly into: number;
  readonly result: number;
}

/** The answer to a claim. */
export interface Claim {
  readonly cart: Cart;
  readonly merged: readonly MergedItem[];
}

let customers = 0;

/** The credentials of a customer whom nobody has met before. */
export function newCustomer(): { readonly name: string; readonly headers: Headers } {
  customers += 1;
  const name = `customer ${customers}`;
  return { name, headers: asCustomer(name) };
}

/** Opens a cart for nobody in particular. */
export async function guestsCart(
  http: HttpClient,
  items: readonly ItemWish[] = [],
  currency: Money['currency'] = 'EUR',
): Promise<{ readonly cart: Cart; readonly token: Headers }> {
  const { token = '', ...cart } = granted(
    await http.send<OpenedCart>('POST', '/v1/carts', { body: { currency, items } }),
  );
  return { cart, token: { 'x-cart-token': token } };
}

/** Opens a cart for a customer who has none. */
export async function customersCart(
  http: HttpClient,
  headers: Headers,
  items: readonly ItemWish[] = [],
): Promise<Cart> {
  return granted(await http.send<Cart>('POST', '/v1/carts', { body: { currency: 'EUR', items }, headers }));
}

/** Claims a cart. */
export function claim(http: HttpClient, cartId: string, headers: Headers): Promise<Answer<Claim>> {
  return http.send<Claim>('POST', `/v1/carts/${cartId}/claims`, { headers, body: {} });
}

/** Asks for the open cart of a customer. */
export function myCart(http: HttpClient, headers: Headers, currency = 'EUR'): Promise<Answer<Cart>> {
  return http.send<Cart>('PUT', '/v1/me/cart', { headers, body: { currency } });
}
