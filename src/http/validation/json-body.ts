import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpProblem } from '../problems/problem.js';
import { structuralErrors } from './json-structure.js';

/** A body that is JSON but violates rules for all bodies. `FitBodyGuard` refuses it after the caller was admitted. */
export class UnfitBody {
  constructor(readonly problem: HttpProblem) {}
}

type Done = (error: Error | null, body?: unknown) => void;

/** Makes JSON the only accepted kind of body. It replaces the parsers of Fastify and Nest. */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, readJson);
  fastify.addContentTypeParser('*', refuse);
}

/**
 * @param bytes a body; an empty one is `{}`
 * @returns the parsed object, which has no hostile structure
 * @throws HttpProblem `MALFORMED_JSON` when it is not JSON in UTF-8, `VALIDATION_FAILED` when it is not an object or
 *   violates {@link structuralErrors}
 */
export function parseJsonBody(bytes: Buffer): object {
  if (bytes.length === 0) return {};
  const body = parseJson(bytes);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpProblem('VALIDATION_FAILED', 'The body must be a JSON object.', {
      errors: [{ pointer: '', code: 'IS_OBJECT', message: 'must be an object' }],
    });
  }
  const errors = structuralErrors(body);
  if (errors.length > 0) {
    throw new HttpProblem('VALIDATION_FAILED', 'The body holds what no field may hold.', { errors });
  }
  return body;
}

/**
 * @returns the value of a JSON text in UTF-8, whose structure may be hostile
 * @throws HttpProblem `MALFORMED_JSON`
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new HttpProblem('MALFORMED_JSON', 'The body is not UTF-8.');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    // The parser's message quotes the body; only the place is shown.
    const [place] = /position \d+/.exec(String(cause)) ?? ['its end'];
    throw new HttpProblem('MALFORMED_JSON', `The body is not JSON: an error at ${place}.`, { cause });
  }
}

function readJson(request: FastifyRequest, bytes: Buffer, done: Done): void {
  if (bytes.length === 0) {
    done(null, {});
    return;
  }
  const { 'content-type': type, 'content-encoding': encoding } = request.headers;
  if (encoding !== undefined && encoding !== 'identity') throw unsupported(`encoded as ${encoding}`);
  if (type !== 'application/json' && type !== undefined && !isUtf8Type(type))
    throw unsupported(`sent as ${type}`);
  try {
    done(null, parseJsonBody(bytes));
  } catch (error) {
    if (!(error instanceof HttpProblem) || error.code !== 'VALIDATION_FAILED') throw error;
    done(null, new UnfitBody(error));
  }
}

/** @returns whether a media type is that of JSON */
export function isJsonType(type: string): boolean {
  return /^application\/json\s*(;|$)/i.test(type) && isUtf8Type(type);
}

/** JSON is always UTF-8, so `charset` may only repeat that. */
function isUtf8Type(type: string): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type)?.[1];
  return charset === undefined || /^utf-?8$/i.test(charset);
}

/** Refuses all other types, and a body without one. */
async function refuse({ headers }: FastifyRequest, payload: IncomingMessage): Promise<object> {
  const { 'content-type': type, 'content-length': length = '0', 'transfer-encoding': transfer } = headers;
  if (transfer === undefined ? length === '0' : await isEmpty(payload)) return {};
  throw unsupported(type === undefined ? 'without a Content-Type' : `sent as ${type}`);
}

/** Whether a body has no bytes. Otherwise its bytes are read and discarded. */
function isEmpty(payload: IncomingMessage): Promise<boolean> {
  return new Promise((resolve, reject) => {
    payload
      .on('data', () => {
        resolve(false);
      })
      .on('end', () => {
        resolve(true);
      })
      .on('error', reject);
  });
}

function unsupported(how: string): HttpProblem {
  return new HttpProblem('UNSUPPORTED_MEDIA_TYPE', `The body is ${how}; send application/json in UTF-8.`, {
    headers: { accept: 'application/json' },
  });
}
