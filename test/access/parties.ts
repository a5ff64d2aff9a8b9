import { as, AS_ADMIN, AS_NOBODY, AS_SERVICE, asCustomer } from '../support/credentials.js';
import type { Headers, HttpClient } from '../support/http-client.js';
import { granted, type Cart, type OpenedCart } from '../support/shop.js';
import { goodJwt } from './bad-jwts.js';

/** A cart, and the headers of whoever it belongs to. */
export interface OwnedCart {
  readonly cart: Cart;
  readonly owner: Headers;
}

export const CARLA = asCustomer('carla');
export const OTTO = asCustomer('otto');
export const WRONG_TOKEN: Headers = { 'x-cart-token': 'A'.repeat(43) };
/** Good but for its end. */
export const BAD_JWT: Headers = { authorization: `Bearer ${goodJwt()}x` };

/** Opens a cart for somebody, who gives up the open one that a customer may have. */
export async function openAs(
  http: HttpClient,
  credentials: Headers,
  items: readonly object[] = [],
): Promise<OpenedCart> {
  const body = { currency: 'EUR', items };
  const open = () => http.send<OpenedCart>('POST', '/v1/carts', { body, headers: credentials });
  const answer = await open();
  const { code, cartId } = answer.body as { code?: string; cartId?: string };
  if (code !== 'ACTIVE_CART_EXISTS') return granted(answer);
  granted(await http.send('DELETE', `/v1/carts/${cartId ?? ''}`, { headers: credentials }));
  return granted(await open());
}

/** A guest's cart. */
export async function guestCart(http: HttpClient, items: readonly object[] = []): Promise<OwnedCart> {
  const { token = '', ...cart } = await openAs(http, AS_NOBODY, items);
  return { cart, owner: { 'x-cart-token': token } };
}

/** A cart of Carla's, and now the only open one. */
export async function carlasCart(http: HttpClient, items: readonly object[] = []): Promise<OwnedCart> {
  return { cart: await openAs(http, CARLA, items), owner: CARLA };
}

/** Everybody who may act on every cart. */
export const STAFF: Readonly<Record<string, Headers>> = {
  'an admin': AS_ADMIN,
  'a service': AS_SERVICE,
  'a service without a name': as({ roles: ['service'] }),
  'an admin who is a service, too': as({ sub: 'anna', roles: ['service', 'admin', 'customer'] }),
};
