import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';

/** A pair of keys, of which the public one can be shown. */
export interface KeyPair {
  readonly alg: 'RS256' | 'ES256';
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** @param kid the name under which tokens refer to it */
export async function makeKeys(alg: KeyPair['alg'], kid: string): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, publicJwk: await exportJWK(publicKey) };
}

/** A JWT by a private key, good for an hour. */
export async function signedBy(keys: KeyPair, claims: JWTPayload, withKid = true): Promise<string> {
  const { alg, kid, privateKey } = keys;
  return new SignJWT(claims)
    .setProtectedHeader(withKid ? { alg, kid } : { alg })
    .setExpirationTime('1h')
    .sign(privateKey);
}

/** Shows public keys over HTTP, as those do who sign customers in. */
export class KeyServer {
  keys: JWK[] = [];
  /** What it answers with. */
  status = 200;
  /** How often it was asked. */
  asked = 0;
  private readonly server: Server;

  constructor() {
    this.server = createServer((_request, response) => {
      this.asked += 1;
      response.writeHead(this.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: this.keys }));
    });
  }

  /** @returns the URL of the key set */
  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/keys`;
  }

  /** @param pairs shown from now on; with their names, unless told otherwise */
  show(pairs: readonly KeyPair[], withKid = true): void {
    this.keys = pairs.map(({ publicJwk, kid }) => (withKid ? { ...publicJwk, kid } : publicJwk));
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
