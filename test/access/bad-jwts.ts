import { jwtOf } from '../support/credentials.js';

const NOW = Math.floor(Date.now() / 1000);
const WRONG_SECRET = 'not the secret, though as long as the secret';

/** What `AUTH_ISSUER` and `AUTH_AUDIENCE` are to be for these. */
export const ISSUER = 'https://login.example';
export const AUDIENCE = 'carts';

const good = { sub: 'carla', iss: ISSUER, aud: AUDIENCE };
const unsigned = (header: object) => jwtOf(good, undefined, header).replace(/[^.]*$/, '');
const claimless = (payload: string) => {
  const [header, , signature] = jwtOf(good).split('.');
  return [header, Buffer.from(payload).toString('base64url'), signature].join('.');
};

/** @returns a good JWT with other claims, roles or subject */
export function goodJwt(claims: object = {}): string {
  return jwtOf({ ...good, ...claims });
}

/** JWTs that have to be refused, by what is wrong with them. */
export const BAD_JWTS: Readonly<Record<string, string>> = {
  'expired a minute ago': goodJwt({ exp: NOW - 60 }),
  'expired long ago': goodJwt({ exp: 1 }),
  'not in force for an hour': goodJwt({ nbf: NOW + 3600 }),
  'an expiry that is no number': goodJwt({ exp: 'never' }),
  'a beginning that is no number': goodJwt({ nbf: 'now' }),
  'signed by somebody else': jwtOf(good, WRONG_SECRET),
  'alg none, unsigned': unsigned({ alg: 'none' }),
  'alg None, unsigned': unsigned({ alg: 'None' }),
  'alg none, signed': jwtOf(good, undefined, { alg: 'none' }),
  'no alg': jwtOf(good, undefined, { typ: 'JWT' }),
  'HS256 without a signature': unsigned({ alg: 'HS256' }),
  'HS512 by name, HS256 in fact': jwtOf(good, undefined, { alg: 'HS512' }),
  'RS256 by name': jwtOf(good, undefined, { alg: 'RS256' }),
  'an unknown critical header': jwtOf(good, undefined, { alg: 'HS256', crit: ['exp'], exp: NOW + 60 }),
  'its own key brought along': jwtOf(good, WRONG_SECRET, {
    alg: 'HS256',
    jwk: { kty: 'oct', k: Buffer.from(WRONG_SECRET).toString('base64url') },
  }),
  'another issuer': goodJwt({ iss: `${ISSUER}.evil.example` }),
  'no issuer': jwtOf({ sub: 'carla', aud: AUDIENCE }),
  'another audience': goodJwt({ aud: 'orders' }),
  'several other audiences': goodJwt({ aud: ['orders', 'cart'] }),
  'no audience': jwtOf({ sub: 'carla', iss: ISSUER }),
  'another payload under the same signature': claimless(
    JSON.stringify({ ...good, sub: 'anna', roles: ['admin'] }),
  ),
  'a payload that is no JSON': claimless('carla'),
  'a payload that is a list': claimless('[]'),
  'no subject': jwtOf({ iss: ISSUER, aud: AUDIENCE }),
  'an empty subject': goodJwt({ sub: '' }),
  'a subject that is a number': goodJwt({ sub: 7 }),
  'a subject that is a list': goodJwt({ sub: ['carla'] }),
  'a subject with NUL': goodJwt({ sub: 'carla\0' }),
  'a subject of half a character': goodJwt({ sub: 'carla\ud83d' }),
  'a subject of 257 characters': goodJwt({ sub: 'c'.repeat(257) }),
  'an admin without a fit subject': goodJwt({ sub: '\0', roles: ['admin'] }),
  'five parts, as if encrypted': `${goodJwt()}.e30.e30`,
  'two parts': goodJwt().split('.').slice(0, 2).join('.'),
  'one part': 'carla',
  'dots alone': '..',
};

/** Values of `Authorization` that hold no JWT at all. */
export const NO_JWTS: readonly string[] = [
  'Bearer',
  'Bearer ',
  'bearer',
  'Basic Y2FybGE6c2VjcmV0',
  goodJwt(),
  `Bearer: ${goodJwt()}`,
  `Bearer ${goodJwt()}, Bearer ${goodJwt()}`,
  `Bearer "${goodJwt()}"`,
  `Bearer ${goodJwt()} x`,
  `JWT ${goodJwt()}`,
];
