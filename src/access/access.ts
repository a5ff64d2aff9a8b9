import type { IncomingHttpHeaders } from 'node:http';
import { SignJWT, type JWTPayload } from 'jose';
import { HttpProblem } from '../http/problems/problem.js';
import type { AccessSettings } from './access-settings.js';
import { Caller } from './caller.js';
import { CartTokens } from './cart-tokens.js';
import { JwtVerifier } from './jwt-verifier.js';
import { madeSecrets } from './made-secrets.js';
import { VerifiedJwts, type Identity } from './verified-jwts.js';

/** Carries the token of a guest's cart. */
export const CART_TOKEN_HEADER = 'x-cart-token';
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i;
/** Texts that can be stored as an id: no NUL, no lone surrogates. */
const SUBJECT = /^[^\0\p{Surrogate}]{1,256}$/u;
const MS_A_SECOND = 1_000;
const DEVELOPER = 'developer';
const DEVELOPMENT_TOKEN_AGE = '24h';

/** Identifies callers by their credentials. */
export class Access {
  private readonly verified = new VerifiedJwts();

  private constructor(
    readonly cartTokens: CartTokens,
    private readonly verifier: JwtVerifier,
    private readonly settings: AccessSettings,
    /** Set if no key for JWTs is configured. */
    private readonly madeSecret: string | undefined,
  ) {}

  /**
   * @param folder keeps the secrets that the settings do not have
   * @throws Error when they cannot be made or read
   */
  static async open(settings: AccessSettings, folder: string): Promise<Access> {
    const { jwtSecret, jwksUrl, cartTokenSecrets } = settings;
    const makesJwtSecret = jwtSecret === undefined && jwksUrl === undefined;
    const made = makesJwtSecret || cartTokenSecrets.length === 0 ? await madeSecrets(folder) : undefined;
    const secret = jwtSecret ?? made?.jwtSecret ?? '';
    const verifier =
      jwksUrl === undefined
        ? await JwtVerifier.bySecret(secret, settings)
        : JwtVerifier.byKeySet(jwksUrl, settings);
    const tokens = new CartTokens(
      cartTokenSecrets.length > 0 || made === undefined ? cartTokenSecrets : [made.cartTokenSecret],
    );
    return new Access(tokens, verifier, settings, makesJwtSecret ? secret : undefined);
  }

  /** @returns the caller, if no JWT has to be verified; else `undefined` */
  recognise(headers: IncomingHttpHeaders): Caller | undefined {
    const { authorization } = headers;
    if (authorization === undefined) return new Caller('guest', null, cartTokenOf(headers), this.cartTokens);
    const identity = this.verified.find(authorization, this.verifier.generation);
    return identity && this.callerOf(identity, headers);
  }

  /**
   * @returns the caller, according to the headers of a request
   * @throws HttpProblem `UNAUTHENTICATED` for an invalid JWT, `OVERLOADED` when the keys for it are out of reach
   */
  async identify(headers: IncomingHttpHeaders): Promise<Caller> {
    const known = this.recognise(headers);
    if (known !== undefined) return known;
    const { authorization = '' } = headers;
    const jwt = BEARER.exec(authorization)?.[1];
    const verified = jwt === undefined ? undefined : await this.verifier.verify(jwt);
    const identity = verified && identityOf(verified.claims);
    if (verified === undefined || identity === undefined) throw badCredentials();
    this.verified.keep(authorization, identity, verified.generation);
    return this.callerOf(identity, headers);
  }

  /** Whether credentials are still valid. They are invalid if their keys have been out of reach for too long. */
  async stillKnows(headers: IncomingHttpHeaders): Promise<boolean> {
    return this.identify(headers).then(
      () => true,
      () => false,
    );
  }

  /** Calls `listener` whenever credentials may have been withdrawn. Returns a function that removes the listener. */
  onKeysChanged(listener: () => void): () => void {
    return this.verifier.onKeysChanged(listener);
  }

  /** A JWT of an administrator for development, valid for a day; `undefined` if a key is configured. */
  async developmentToken(): Promise<string | undefined> {
    const { issuer, audience } = this.settings;
    if (this.madeSecret === undefined) return undefined;
    const token = new SignJWT({ roles: ['admin'] })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(DEVELOPER)
      .setExpirationTime(DEVELOPMENT_TOKEN_AGE);
    if (issuer !== undefined) token.setIssuer(issuer);
    if (audience !== undefined) token.setAudience(audience);
    return token.sign(Buffer.from(this.madeSecret));
  }

  private callerOf({ type, id, isService, expiresAt }: Identity, headers: IncomingHttpHeaders): Caller {
    return new Caller(type, id, cartTokenOf(headers), this.cartTokens, isService, expiresAt);
  }
}

function cartTokenOf({ [CART_TOKEN_HEADER]: sent }: IncomingHttpHeaders): string | undefined {
  return typeof sent === 'string' && sent !== '' ? sent : undefined;
}

/** @returns `undefined` if the claims do not identify a caller */
function identityOf(claims: JWTPayload): Identity | undefined {
  const roles: readonly unknown[] = Array.isArray(claims['roles']) ? claims['roles'] : [];
  const type = typeOf(roles);
  const id = subjectOf(claims);
  if (id === undefined || (id === null && type === 'customer')) return undefined;
  const expiresAt = claims.exp === undefined ? undefined : claims.exp * MS_A_SECOND;
  return { type, id, isService: roles.includes('service'), expiresAt };
}

/** A JWT without a known role is a customer's. */
function typeOf(roles: readonly unknown[]): Identity['type'] {
  if (roles.includes('admin')) return 'admin';
  return roles.includes('service') ? 'service' : 'customer';
}

/** @returns `null` without a subject; `undefined` if it cannot be stored as an id, which the library does not check */
function subjectOf({ sub = null }: { readonly sub?: unknown }): string | null | undefined {
  if (sub === null) return null;
  return typeof sub === 'string' && SUBJECT.test(sub) ? sub : undefined;
}

function badCredentials(): HttpProblem {
  return new HttpProblem(
    'UNAUTHENTICATED',
    'The Authorization header holds no JWT that is valid here: it may be expired, or be meant for something else.',
    { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
  );
}
