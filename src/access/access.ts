import type { IncomingHttpHeaders } from 'node:http';
import { SignJWT, type JWTPayload } from 'jose';
import { HttpProblem } from '../http/problems/problem.js';
import type { AccessSettings } from './access-settings.js';
import { Caller } from './caller.js';
import { CartTokens } from './cart-tokens.js';
import { JwtVerifier } from './jwt-verifier.js';
import { madeSecrets } from './made-secrets.js';
import { VerifiedJwts, type Identity } from './verified-jwts.js';

const CART_TOKEN_HEADER = 'x-cart-token';
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i;
/** What can be stored as an id: no NUL, no lone surrogates. */
const SUBJECT = /^[^\0\p{Surrogate}]{1,256}$/u;
const MS_A_SECOND = 1_000;
const DEVELOPER = 'developer';
const DEVELOPMENT_TOKEN_AGE = '24h';

/** Finds out who calls. */
export class Access {
  private readonly verified = new VerifiedJwts();

  private constructor(
    readonly cartTokens: CartTokens,
    private readonly verifier: JwtVerifier,
    private readonly settings: AccessSettings,
    /** Set where no key for JWTs was configured. */
    private readonly madeSecret: string | undefined,
  ) {}

  /**
   * @param folder where secrets are kept that the settings leave to be made
   * @throws Error when they cannot be
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

  /** @returns who the headers of a request say it is, where that is known without verifying a JWT; else `undefined` */
  recognise(headers: IncomingHttpHeaders): Caller | undefined {
    const { authorization } = headers;
    if (authorization === undefined) return new Caller('guest', null, cartTokenOf(headers), this.cartTokens);
    const identity = this.verified.find(authorization, this.verifier.generation);
    return identity && this.callerOf(identity, headers);
  }

  /**
   * @returns who the headers of a request say it is
   * @throws HttpProblem `UNAUTHENTICATED` for a JWT that is not good, `OVERLOADED` when that cannot be found out now
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

  /** Whether credentials that were good still are. They are not while their keys are out of reach for long. */
  async stillKnows(headers: IncomingHttpHeaders): Promise<boolean> {
    return this.identify(headers).then(
      () => true,
      () => false,
    );
  }

  /** Has `listener` called whenever credentials may have been withdrawn. Returns the function that ends it. */
  onKeysChanged(listener: () => void): () => void {
    return this.verifier.onKeysChanged(listener);
  }

  /** A JWT for trying things out, good for a day; `undefined` where the keys are somebody else's. */
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

/** @returns `undefined` where the claims name nobody who could be a caller */
function identityOf(claims: JWTPayload): Identity | undefined {
  const roles: readonly unknown[] = Array.isArray(claims['roles']) ? claims['roles'] : [];
  const type = typeOf(roles);
  const id = subjectOf(claims);
  if (id === undefined || (id === null && type === 'customer')) return undefined;
  const expiresAt = claims.exp === undefined ? undefined : claims.exp * MS_A_SECOND;
  return { type, id, isService: roles.includes('service'), expiresAt };
}

/** Who has no role that we know is a customer. */
function typeOf(roles: readonly unknown[]): Identity['type'] {
  if (roles.includes('admin')) return 'admin';
  return roles.includes('service') ? 'service' : 'customer';
}

/** @returns `null` where there is none, undefined for one that cannot be kept as an id; the library leaves that to us */
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
