import { Logger } from '@nestjs/common';
import { exportSPKI, importJWK, type CryptoKey } from 'jose';
import { JwtVerifier } from '../../src/access/jwt-verifier.js';
import { HttpProblem } from '../../src/http/problems/problem.js';
import { eventually } from '../support/eventually.js';
import { ACCESS_ENV, jwtOf } from '../support/credentials.js';
import { KeyServer, makeKeys, signedBy, type KeyPair } from './key-server.js';

const now = () => Math.floor(Date.now() / 1000);

describe('JWTs by a secret', () => {
  it('are valid until they expire, with some tolerance for clocks', async () => {
    const verifier = await JwtVerifier.bySecret(ACCESS_ENV.AUTH_JWT_SECRET);
    const isGood = async (claims: object) =>
      (await verifier.verify(jwtOf({ sub: 'carla', ...claims }))) !== undefined;
    expect(await isGood({})).toBe(true);
    expect(await isGood({ exp: undefined })).toBe(true);
    expect(await isGood({ exp: now() - 3 })).toBe(true);
    expect(await isGood({ exp: now() - 10 })).toBe(false);
    expect(await isGood({ nbf: now() + 3 })).toBe(true);
    expect(await isGood({ nbf: now() + 10 })).toBe(false);
  });

  it('may have any issuer and audience unless one is configured', async () => {
    const token = (claims: object) => jwtOf({ sub: 'carla', ...claims });
    const any = await JwtVerifier.bySecret(ACCESS_ENV.AUTH_JWT_SECRET);
    expect(await any.verify(token({ iss: 'x', aud: 'y' }))).toMatchObject({ claims: { sub: 'carla' } });
    const strict = await JwtVerifier.bySecret(ACCESS_ENV.AUTH_JWT_SECRET, { issuer: 'x', audience: 'y' });
    expect(await strict.verify(token({ iss: 'x', aud: ['z', 'y'] }))).toMatchObject({
      claims: { sub: 'carla' },
    });
    expect(await strict.verify(token({ iss: 'x', aud: 'z' }))).toBeUndefined();
    expect(await strict.verify(token({ aud: 'y' }))).toBeUndefined();
  });
});

describe('JWTs by a key set', () => {
  let server: KeyServer;
  let url: string;
  let rsa: KeyPair;
  let ec: KeyPair;
  let next: KeyPair;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    [rsa, ec, next] = await Promise.all([
      makeKeys('RS256', 'rsa'),
      makeKeys('ES256', 'ec'),
      makeKeys('RS256', 'next'),
    ]);
  });
  beforeEach(async () => {
    server = new KeyServer();
    server.show([rsa, ec]);
    url = await server.start();
  });
  afterEach(() => server.stop());

  const claims = { sub: 'carla' };

  it('are valid with RS256 and ES256; one fetch serves many', async () => {
    const verifier = JwtVerifier.byKeySet(url);
    for (const keys of [rsa, ec, rsa]) {
      expect(await verifier.verify(await signedBy(keys, claims))).toMatchObject({ claims });
    }
    expect(server.asked).toBe(1);
  });

  it('are valid with a new key once it is published, and with an old one until it is removed', async () => {
    const verifier = JwtVerifier.byKeySet(url, {}, { cooldownMs: 0 });
    expect(await verifier.verify(await signedBy(rsa, claims))).toBeDefined();
    expect(await verifier.verify(await signedBy(next, claims))).toBeUndefined();
    server.show([rsa, next]);
    expect(await verifier.verify(await signedBy(next, claims))).toBeDefined();
    expect(await verifier.verify(await signedBy(rsa, claims))).toBeDefined();
    server.show([next]);
    // The old key is forgotten with the next fetch, which an unknown key brings about.
    expect(await verifier.verify(await signedBy(ec, claims))).toBeUndefined();
    expect(await verifier.verify(await signedBy(rsa, claims))).toBeUndefined();
  });

  it('with unknown key ids do not cause repeated fetches', async () => {
    const verifier = JwtVerifier.byKeySet(url, {}, { cooldownMs: 60_000 });
    for (let times = 0; times < 20; times += 1) {
      expect(
        await verifier.verify(await signedBy({ ...next, kid: `made-up-${times}` }, claims)),
      ).toBeUndefined();
    }
    // Once because there were none, and once to see whether there are others by now.
    expect(server.asked).toBe(2);
  });

  it('are valid with a key that replaced another under its id, and invalid with the replaced one', async () => {
    const verifier = JwtVerifier.byKeySet(url);
    const [before, after] = [rsa, { ...next, kid: 'rsa' }];
    const old = await verifier.verify(await signedBy(before, claims));
    expect(old?.generation).toBe(verifier.generation);
    server.show([after, ec]);
    const fresh = await verifier.verify(await signedBy(after, claims));
    expect(fresh).toMatchObject({ claims });
    expect(fresh?.generation).toBe(verifier.generation);
    expect(old?.generation).not.toBe(verifier.generation);
    expect(await verifier.verify(await signedBy(before, claims))).toBeUndefined();
  });

  it('with forged signatures do not cause repeated fetches', async () => {
    const verifier = JwtVerifier.byKeySet(url, {}, { cooldownMs: 60_000 });
    const forged = { ...next, kid: 'rsa' };
    const results = await Promise.all(
      Array.from({ length: 20 }, async () => verifier.verify(await signedBy(forged, claims))),
    );
    results.push(await verifier.verify(await signedBy(forged, claims)));
    for (const result of results) expect(result).toBeUndefined();
    expect(server.asked).toBeLessThanOrEqual(2);
  });

  it('are verified with keys that are refreshed in the background, which reports changes', async () => {
    const verifier = JwtVerifier.byKeySet(url, {}, { refreshMs: 0 });
    const token = await signedBy(rsa, claims);
    const first = await verifier.verify(token);
    let changes = 0;
    const end = verifier.onKeysChanged(() => (changes += 1));
    server.show([ec]);
    await eventually(
      'the key to be missed',
      () => Promise.resolve(verifier.generation),
      (generation) => generation !== first?.generation,
    );
    expect(changes).toBe(1);
    expect(await verifier.verify(token)).toBeUndefined();
    end();
  });

  it('are not verified with keys that are too old, even if the wall clock stepped back', async () => {
    const verifier = JwtVerifier.byKeySet(url, {}, { refreshMs: 0, trustMs: 0, cooldownMs: 0 });
    const token = await signedBy(rsa, claims);
    expect(await verifier.verify(token)).toMatchObject({ claims });
    const { now } = Date;
    Date.now = () => now() - 60_000;
    try {
      server.show([ec]);
      expect(await verifier.verify(token)).toBeUndefined();
    } finally {
      Date.now = now;
    }
  });

  it('are verified with the last keys for a while when the URL is out of reach', async () => {
    const verifier = JwtVerifier.byKeySet(url, {}, { refreshMs: 0 });
    const token = await signedBy(rsa, claims);
    expect(await verifier.verify(token)).toMatchObject({ claims });
    server.status = 500;
    for (let times = 0; times < 3; times += 1) {
      expect(await verifier.verify(token)).toMatchObject({ claims });
    }
    expect(server.asked).toBeGreaterThanOrEqual(2);
  });

  it('with an unknown key cannot be verified while the URL is out of reach', async () => {
    const verifier = JwtVerifier.byKeySet(url);
    expect(await verifier.verify(await signedBy(rsa, claims))).toMatchObject({ claims });
    const unknown = await signedBy(next, claims);
    server.status = 500;
    for (let times = 0; times < 3; times += 1) {
      await expect(verifier.verify(unknown)).rejects.toMatchObject({ code: 'OVERLOADED' });
    }
    expect(server.asked).toBe(2);
    expect(await verifier.verify(await signedBy(rsa, claims))).toMatchObject({ claims });
  });

  it('need not name their key if there are several', async () => {
    server.show([next, rsa, ec], false);
    const verifier = JwtVerifier.byKeySet(url);
    for (const keys of [rsa, next, ec]) {
      expect(await verifier.verify(await signedBy(keys, claims, false))).toMatchObject({ claims });
    }
    const stranger = await makeKeys('RS256', 'stranger');
    expect(await verifier.verify(await signedBy(stranger, claims, false))).toBeUndefined();
  });

  it('are invalid with HS256, even with the public key as the secret', async () => {
    const pem = await exportSPKI((await importJWK({ ...rsa.publicJwk, alg: 'RS256' })) as CryptoKey);
    const verifier = JwtVerifier.byKeySet(url);
    for (const secret of [pem, pem.trim(), JSON.stringify(rsa.publicJwk), String(rsa.publicJwk.n)]) {
      for (const header of [{ alg: 'HS256' }, { alg: 'HS256', kid: 'rsa' }, { alg: 'RS256', kid: 'rsa' }]) {
        expect(await verifier.verify(jwtOf(claims, secret, header))).toBeUndefined();
      }
    }
  });

  it('are invalid with a key of another algorithm, or when signed by somebody else under a known id', async () => {
    const verifier = JwtVerifier.byKeySet(url);
    expect(await verifier.verify(await signedBy({ ...ec, kid: 'rsa' }, claims))).toBeUndefined();
    expect(await verifier.verify(await signedBy({ ...next, kid: 'rsa' }, claims))).toBeUndefined();
  });

  it.each([
    ['answers with an error', 500, undefined],
    ['shows no key set', 200, 'nonsense'],
  ])('cannot be judged while the server %s, and can once it is well again', async (_what, status, keys) => {
    const verifier = JwtVerifier.byKeySet(url);
    const token = await signedBy(rsa, claims);
    server.status = status;
    if (keys !== undefined) server.keys = keys as never;
    const error: unknown = await verifier.verify(token).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HttpProblem);
    expect((error as HttpProblem).code).toBe('OVERLOADED');
    server.status = 200;
    server.show([rsa]);
    expect(await verifier.verify(token)).toMatchObject({ claims });
    expect(await verifier.verify(await signedBy(next, claims))).toBeUndefined();
  });
});
