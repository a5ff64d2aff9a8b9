import { HttpException, ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { ApiSchema } from '@nestjs/swagger';
import type { Logger } from 'pino';
import { fieldErrorsOf } from './field-errors.js';
import { isPlainField } from './fields.js';
import { findErrors } from './json-structure.js';
import { HttpProblem, type FieldError } from './problem.js';

/** For a body (or a query) that has no fields. */
@ApiSchema({ description: 'No fields.' })
export class Nothing {}

/**
 * Checks bodies and query strings against their DTO: every rule is reported, unknown fields are refused, and nothing
 * is converted that the DTO does not convert itself.
 * @throws HttpProblem `VALIDATION_FAILED`, also for an input that makes a rule or a conversion throw
 */
export class RequestValidationPipe extends ValidationPipe {
  constructor(private readonly log: Logger) {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      stopAtFirstError: false,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) => invalid(fieldErrorsOf(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (typeof value === 'object' && value !== null && this.toValidate(metadata)) {
      const errors = findErrors(value, refuseInheritedNames);
      if (errors.length > 0) throw invalid(errors);
    }
    try {
      return (await super.transform(value, metadata)) as unknown;
    } catch (error) {
      if (error instanceof HttpProblem || error instanceof HttpException) throw error;
      this.log.error({ err: error }, 'validation failed to judge a request');
      throw invalid([{ pointer: '', code: 'UNREADABLE', message: 'this request cannot be read' }], error);
    }
  }
}

/**
 * class-transformer passes over keys that every object inherits (`toString`) and Nest deletes others (`constructor`),
 * so that neither would be refused as unknown.
 */
function refuseInheritedNames(key: string): Omit<FieldError, 'pointer'> | boolean {
  if (key in Object.prototype || key === 'prototype') {
    return { code: 'UNKNOWN_FIELD', message: 'is not a field of this request' };
  }
  return !isPlainField(key);
}

function invalid(errors: readonly FieldError[], cause?: unknown): HttpProblem {
  const detail =
    errors.length === 1 ? 'One thing in the request is not valid.' : `${errors.length} things are not valid.`;
  return new HttpProblem('VALIDATION_FAILED', `${detail} See "errors".`, { errors, cause });
}
