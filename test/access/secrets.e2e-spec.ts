import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { useFolders } from '../lifecycle/folders.js';
import { LaunchedService } from '../lifecycle/launched-service.js';
import { makeDatabases, type OperatorDatabases } from '../lifecycle/operator-databases.js';
import { ACCESS_ENV, AS_ADMIN, AS_NOBODY, jwtOf } from '../support/credentials.js';
import type { Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import { AUDIENCE, ISSUER } from './bad-jwts.js';
import { KeyServer, makeKeys, signedBy } from './key-server.js';
import { BAD_JWT, guestCart, openAs } from './parties.js';

const at = useFolders();
const NOTHING_SET = { AUTH_JWT_SECRET: '', CART_TOKEN_SECRETS: '' };
const ADMIN_TOKEN = /^export ADMIN_TOKEN=(\S+)$/m;

let databases: OperatorDatabases;
beforeEach(async () => {
  databases = await makeDatabases('secrets');
});
afterEach(() => databases.drop());

const start = (env: NodeJS.ProcessEnv) =>
  LaunchedService.start({ DATA_DIR: at.dataDir, ...databases.urls, ...env }).ready();
const bearer = (token = ''): Headers => ({ authorization: `Bearer ${token}` });

/** The one line with which a start is refused. */
async function refusal(env: NodeJS.ProcessEnv): Promise<string> {
  const { code, stderr } = await LaunchedService.start({ DATA_DIR: at.dataDir, ...databases.urls, ...env })
    .ended;
  expect(code).toBe(1);
  return stderr;
}

describe('without any secret, in development', () => {
  it('makes secrets, keeps them, and shows a token of an administrator at the start', async () => {
    let service = await start(NOTHING_SET);
    const token = ADMIN_TOKEN.exec(service.stdout)?.[1];
    const { cart, owner } = await guestCart(service.http);
    expect((await service.http.get('/v1/carts', bearer(token))).status).toBe(200);
    expect((await stat(join(at.dataDir, 'secrets.json'))).mode & 0o777).toBe(0o600);
    const claims = JSON.parse(Buffer.from(String(token?.split('.')[1]), 'base64url').toString()) as {
      exp: number;
    };
    expect(claims).toEqual({ sub: 'developer', roles: ['admin'], exp: expect.any(Number) as number });
    expect(claims.exp * 1000 - Date.now()).toBeLessThanOrEqual(24 * 3600 * 1000);
    await service.stop();

    service = await start(NOTHING_SET);
    expect((await service.http.get('/v1/carts', bearer(token))).status).toBe(200);
    expect((await service.shop.look(cart.id, owner)).status).toBe(200);
    expectProblem(await service.http.get('/v1/carts', AS_ADMIN), '401 UNAUTHENTICATED');
    // What is logged are the lines in JSON; the banner is for people.
    const logged = service.stdout.split('\n').filter((line) => line.startsWith('{'));
    expect(logged.join()).not.toContain('eyJ');
    await service.stop();
  });

  it('shows a token with the configured issuer and audience', async () => {
    const service = await start({ ...NOTHING_SET, AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE });
    const token = ADMIN_TOKEN.exec(service.stdout)?.[1];
    expect((await service.http.get('/v1/carts', bearer(token))).status).toBe(200);
    await service.stop();
  });

  it.each([
    ['whoever reaches it from outside could see the terminal', { ...NOTHING_SET, HOST: '0.0.0.0' }],
    ['the secret is the operator’s', {}],
  ])('shows no token where %s', async (_why, env) => {
    const service = await start(env);
    expect(service.stdout).not.toMatch(/ADMIN_TOKEN|eyJ/);
    await service.stop();
  });

  it('reports a broken file of secrets', async () => {
    await (await start(NOTHING_SET)).stop();
    const file = join(at.dataDir, 'secrets.json');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(file, '{}');
    expect(await refusal(NOTHING_SET)).toContain(`${file} does not hold the secrets`);
    expect(await readFile(file, 'utf8')).toBe('{}');
  });
});

describe('in production', () => {
  const production = { NODE_ENV: 'production' };

  it.each([
    ['AUTH_JWT_SECRET or AUTH_JWKS_URL must be set', { AUTH_JWT_SECRET: '' }],
    ['CART_TOKEN_SECRETS must be set', { CART_TOKEN_SECRETS: '' }],
    ['AUTH_JWT_SECRET must have 32 bytes', { AUTH_JWT_SECRET: 's3cret' }],
    ['CART_TOKEN_SECRETS must each have 32 bytes', { CART_TOKEN_SECRETS: 's3cret' }],
    ['AUTH_JWT_SECRET and AUTH_JWKS_URL are two ways', { AUTH_JWKS_URL: 'https://login.example/keys' }],
  ])('does not start: %s', async (line, env) => {
    const said = await refusal({ ...production, ...env });
    expect(said).toContain(line);
    expect(said.trimEnd().split('\n')).toHaveLength(1);
    expect(said).not.toContain('s3cret');
  });

  it('starts with both secrets, and shows no token', async () => {
    const service = await start(production);
    expect(service.stdout).not.toMatch(/ADMIN_TOKEN|eyJ/);
    await service.stop();
  });
});

describe('secrets for the tokens of carts', () => {
  const [first, second] = ['the first secret of all, rather long', 'the second secret, which is long, too'];

  it('can be rotated: the first signs, all verify', async () => {
    let service = await start({ CART_TOKEN_SECRETS: first });
    const old = await guestCart(service.http);
    await service.stop();

    service = await start({ CART_TOKEN_SECRETS: `${second}, ${first}` });
    const young = await guestCart(service.http);
    for (const { cart, owner } of [old, young])
      expect((await service.shop.look(cart.id, owner)).status).toBe(200);
    await service.stop();

    service = await start({ CART_TOKEN_SECRETS: second });
    expect((await service.shop.look(young.cart.id, young.owner)).status).toBe(200);
    expectProblem(await service.shop.look(old.cart.id, old.owner), '404 CART_NOT_FOUND');
    await service.stop();
  });
});

describe('with the keys of an identity provider', () => {
  it('accepts JWTs with those keys only, learns new ones, and answers 503 when they are out of reach', async () => {
    const [keys, next] = [await makeKeys('RS256', 'one'), await makeKeys('ES256', 'two')];
    const server = new KeyServer();
    const url = await server.start();
    const service = await start({ AUTH_JWT_SECRET: '', AUTH_JWKS_URL: url });
    const carla = bearer(await signedBy(keys, { sub: 'carla' }));
    const admin = bearer(await signedBy(next, { sub: 'anna', roles: ['admin'] }));
    const list = (headers: Headers) => service.http.get('/v1/carts', headers);

    server.status = 500;
    const answer = await list(carla);
    expectProblem(answer, '503 OVERLOADED');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    // Who needs no keys is not affected.
    expect(await openAs(service.http, AS_NOBODY)).toMatchObject({ customerId: null });
    server.status = 200;
    server.show([keys]);
    expect(await openAs(service.http, carla)).toMatchObject({ customerId: 'carla' });
    expectProblem(await list(carla), '403 FORBIDDEN');
    expectProblem(await list(admin), '401 UNAUTHENTICATED');
    server.show([keys, next]);
    await eventually(
      'the new key to be known',
      () => list(admin),
      ({ status }) => status === 200,
    );
    for (const forged of [
      AS_ADMIN,
      bearer(jwtOf({ sub: 'anna', roles: ['admin'] }, JSON.stringify(keys.publicJwk))),
    ]) {
      expectProblem(await list(forged), '401 UNAUTHENTICATED');
    }
    await service.stop();
    await server.stop();
  });
});

it('logs no credentials at any level', async () => {
  const service = await start({ LOG_LEVEL: 'trace' });
  const { cart, owner } = await guestCart(service.http);
  const secrets = [String(owner['x-cart-token']), ...Object.values(ACCESS_ENV)];
  for (const headers of [owner, AS_ADMIN, BAD_JWT, { authorization: 'Basic Y2FybGE6aGVhcnQ=' }]) {
    for (const target of [`/v1/carts/${cart.id}`, '/v1/carts', '/v1/nowhere', '/v1/carts?limit=x']) {
      await service.http.get(target, headers);
      secrets.push(...Object.values(headers).map((value) => String(value).replace(/^\w+ /, '')));
    }
  }
  await service.stop();
  expect(service.stdout).toContain(`"url":"/v1/carts/${cart.id}"`);
  for (const secret of secrets) expect(service.stdout).not.toContain(secret);
});
