import { IsQueryInteger } from '../../http/validation/pagination.js';
import { HttpProblem } from '../../http/problems/problem.js';
import type { GetPastCartQuery } from '../queries/get-past-cart.query.js';
import { IsQueryTime } from './query-time.js';

/** Query string of `GET /carts/{cartId}`: at most one of the two. */
export class GetCartDto {
  /** A version of the cart. */
  @IsQueryInteger(0, Number.MAX_SAFE_INTEGER)
  version?: number;

  @IsQueryTime('The cart as it was at this time.')
  asOf?: Date;
}

/**
 * @returns the requested point in the past; `undefined` for the present
 * @throws HttpProblem `VALIDATION_FAILED` if the query names a version and a time
 */
export function pastOf({ version, asOf }: GetCartDto): GetPastCartQuery['until'] | undefined {
  if (version !== undefined && asOf !== undefined) {
    throw new HttpProblem('VALIDATION_FAILED', 'Ask for a version or for a time, not for both.', {
      errors: [{ pointer: '/asOf', code: 'EXCLUDES', message: 'cannot stand beside version' }],
    });
  }
  if (version !== undefined) return { version };
  return asOf === undefined ? undefined : { time: asOf };
}
