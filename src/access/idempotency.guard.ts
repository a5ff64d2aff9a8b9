import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { v5, validate as isUuid } from 'uuid';
import { CART_TOKEN_HEADER } from './access.js';
import { identifyMessage, MessageIdentity } from '../event-sourcing/index.js';
import {
  IDEMPOTENCY_KEY_HEADER,
  IDEMPOTENT_REPLAYED_HEADER,
  idempotencyKey,
  invalidKey,
} from '../http/headers/idempotency-key.js';
import { UnfitBody } from '../http/validation/json-body.js';
import { isKeptRefusal, precedesKeyCheck } from '../http/problems/kept-refusals.js';
import { requestFingerprint, resourceOf } from '../http/headers/request-fingerprint.js';

/** The namespace (UUID version 5) of ids that are computed from keys. */
const KEYS = 'c5d7f0a3-6c1e-4b8a-9f0d-2f4a8f6b3e11';

/**
 * Gives a request with an `Idempotency-Key` the identity by which the event log recognises a repeat. It ignores
 * requests without a key, and methods that change nothing. `AccessGuard` comes before it, because a key belongs to its
 * caller.
 */
@Injectable()
export class IdempotencyGuard implements CanActivate {
  /** @throws HttpProblem `INVALID_IDEMPOTENCY_KEY` */
  canActivate(context: ExecutionContext): true {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const header = request.headers[IDEMPOTENCY_KEY_HEADER];
    if (header === undefined || request.method === 'GET' || request.method === 'HEAD') return true;
    const key = idempotencyKey(header);
    const scope = callerScope(request);
    if (scope === undefined && !isUuid(key)) {
      throw invalidKey('Without credentials, the key must be a UUID: others could send the same key.');
    }
    // `FitBodyGuard` refuses the request.
    if (request.body instanceof UnfitBody) return true;
    const id = v5(JSON.stringify([scope, resourceOf(request), key]), KEYS);
    identifyMessage(identityOf(id, request, http.getResponse<FastifyReply>()));
    return true;
  }
}

/**
 * @returns what distinguishes callers; `undefined` for those without credentials. A guest is identified by the token of
 *   the cart in the path, right or wrong: only its hash is stored. Without a cart in the path, a token has no meaning.
 */
function callerScope({ caller, headers, params }: FastifyRequest): readonly unknown[] | undefined {
  if (caller !== undefined && caller.type !== 'guest') return [caller.type, caller.id];
  const isOfCart = 'cartId' in (params as object);
  return isOfCart && caller?.hasCartToken === true ? ['guest', headers[CART_TOKEN_HEADER]] : undefined;
}

function identityOf(id: string, request: FastifyRequest, reply: FastifyReply): MessageIdentity {
  return new MessageIdentity(id, requestFingerprint(request), {
    keepsRefusal: isKeptRefusal,
    precedesIdCheck: precedesKeyCheck,
    // A repeat that finishes an interrupted request has its own effect, so it is not marked as a replay.
    onEffect: (isRepeat) => {
      if (isRepeat) reply.header(IDEMPOTENT_REPLAYED_HEADER, 'true');
      else reply.removeHeader(IDEMPOTENT_REPLAYED_HEADER);
    },
  });
}
