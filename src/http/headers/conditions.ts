import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isMet, type VersionCondition, type Versions } from '../../event-sourcing/index.js';
import { isUnchanged, matchingVersions, versionsIn } from './etag.js';
import { HttpProblem } from '../problems/problem.js';

const NO_CONDITION: VersionCondition = {};

/** The conditions of a read. */
export interface ReadCondition {
  /** The versions of `If-Match`. */
  readonly match: Versions | undefined;
  /** `If-None-Match` as sent, because it is compared with whole tags. */
  readonly ifNoneMatch: string | undefined;
}

/** A resource to answer with, and its entity tag. */
export interface Representation<Body> {
  readonly version: number;
  readonly tag: string;
  readonly body: () => Body;
}

/**
 * The condition of a change. Like `If-Match`, `If-None-Match` compares the version part of its tags only: the rest of a
 * tag, such as notices, is not state that a change could overwrite.
 * @throws HttpProblem `INVALID_HEADER`
 */
export function changeConditionOf({ headers }: FastifyRequest): VersionCondition {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch === undefined && ifNoneMatch === undefined) return NO_CONDITION;
  return {
    match: ifMatch === undefined ? undefined : matchingVersions(ifMatch),
    noneMatch: ifNoneMatch === undefined ? undefined : versionsIn(ifNoneMatch),
  };
}

/** Injects the condition of a change. It throws `INVALID_HEADER`. */
export const ChangeCondition = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  changeConditionOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** Injects the conditions of a read. It throws `INVALID_HEADER` before anything is read. */
export const IfChanged = createParamDecorator((_data: unknown, context: ExecutionContext): ReadCondition => {
  const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined) versionsIn(ifNoneMatch);
  return { match: ifMatch === undefined ? undefined : matchingVersions(ifMatch), ifNoneMatch };
});

/**
 * Answers a read of a resource with an entity tag: 304 without a body if the caller has the current version.
 * @throws HttpProblem `VERSION_MISMATCH` if `If-Match` does not hold; it is evaluated before `If-None-Match` (RFC 9110,
 *   13.2.2)
 */
export function replyIfChanged<Body>(
  reply: FastifyReply,
  { version, tag, body }: Representation<Body>,
  { match, ifNoneMatch }: ReadCondition,
): Body | undefined {
  if (!isMet({ match }, version)) {
    const detail =
      `It is at version ${version} now, which If-Match does not name. ` +
      'Read it again without the condition.';
    throw new HttpProblem('VERSION_MISMATCH', detail, { data: { currentVersion: version } });
  }
  reply.header('etag', tag);
  if (!isUnchanged(ifNoneMatch, tag)) return body();
  reply.code(304);
  return undefined;
}
