import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isMet, type VersionCondition, type Versions } from '../../event-sourcing/index.js';
import { isUnchanged, matchingVersions, versionsIn } from './etag.js';
import { HttpProblem } from '../problems/problem.js';

const NO_CONDITION: VersionCondition = {};

/** What a look at something depends on. */
export interface LookCondition {
  /** The versions of `If-Match`. */
  readonly match: Versions | undefined;
  /** `If-None-Match` as it was sent: it is compared with whole tags. */
  readonly ifNoneMatch: string | undefined;
}

/** What is looked at, as its entity tag tells. */
export interface Representation<Body> {
  readonly version: number;
  readonly tag: string;
  readonly body: () => Body;
}

/**
 * The condition of a request that changes something. Like `If-Match`, `If-None-Match` compares the version part of its tags: what else is in
 * a tag, such as notices, is no state that a change could overwrite.
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

/** The condition of a request that changes something. Refused with `INVALID_HEADER`. */
export const ChangeCondition = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  changeConditionOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** The condition of a request that looks at something. Refused with `INVALID_HEADER`, before anything is looked up. */
export const IfChanged = createParamDecorator((_data: unknown, context: ExecutionContext): LookCondition => {
  const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined) versionsIn(ifNoneMatch);
  return { match: ifMatch === undefined ? undefined : matchingVersions(ifMatch), ifNoneMatch };
});

/**
 * Answers a look at something that has an entity tag: 304 without a body where the caller has it already.
 * @throws HttpProblem `VERSION_MISMATCH` where `If-Match` does not hold; it comes before `If-None-Match` (RFC 9110, 13.2.2)
 */
export function replyIfChanged<Body>(
  reply: FastifyReply,
  { version, tag, body }: Representation<Body>,
  { match, ifNoneMatch }: LookCondition,
): Body | undefined {
  if (!isMet({ match }, version)) {
    const detail = `It is at version ${version} now, which If-Match does not name. Read it again without the condition.`;
    throw new HttpProblem('VERSION_MISMATCH', detail, { data: { currentVersion: version } });
  }
  reply.header('etag', tag);
  if (!isUnchanged(ifNoneMatch, tag)) return body();
  reply.code(304);
  return undefined;
}
