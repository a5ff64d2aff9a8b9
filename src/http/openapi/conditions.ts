import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import { ENTITY_TAGS } from '../headers/etag.js';
import { ApiProblems } from './problems.js';

/**
 * The format lets generators of test requests use their own strategy, because they cannot generate the pattern. There
 * is no example, because Swagger UI would send it.
 */
const SCHEMA = { type: 'string' as const, format: 'entity-tags', pattern: ENTITY_TAGS.source };

/** Documents the conditions of a change. */
export function ApiChangeConditions(): MethodDecorator {
  return applyDecorators(
    header(
      'If-Match',
      'Make the change only at one of these versions, such as `"3"`; `*`: at any, if it exists.',
    ),
    header(
      'If-None-Match',
      'Make the change only at none of these versions; `*`: only if it does not exist.',
    ),
    ApiProblems('VERSION_MISMATCH'),
  );
}

/** Documents the conditions of a read of something with an entity tag, and the answer 304. */
export function ApiReadConditions(headers: NonNullable<ApiResponseOptions['headers']>): MethodDecorator {
  return applyDecorators(
    header('If-Match', 'Answer only at one of these versions.'),
    header('If-None-Match', '304 if the tag is one of these; `*`: if it exists.'),
    ApiResponse({ status: 304, description: 'Not modified.', headers }),
    ApiProblems('VERSION_MISMATCH'),
  );
}

function header(name: string, description: string): MethodDecorator {
  return ApiHeader({ name, required: false, description, schema: SCHEMA });
}
