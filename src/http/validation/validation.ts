import {
  HttpException,
  ValidationPipe,
  type ArgumentMetadata,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { ApiSchema } from '@nestjs/swagger';
import { instanceToPlain, plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import type { Logger } from 'pino';
import { fieldErrorsOf } from './field-errors.js';
import { isPlainField, isRecord } from './fields.js';
import { instantiate } from './instantiate.js';
import { findErrors } from './json-structure.js';
import { HttpProblem, type FieldError } from '../problems/problem.js';

/** The most values in a request; valid ones have fewer. Plain objects are not counted. */
const MAX_VALUES = 10_000;

/** Report every rule, and refuse unknown fields. */
const RULES = { whitelist: true, forbidNonWhitelisted: true, stopAtFirstError: false } as const;

/** A body or a query without fields. */
@ApiSchema({ description: 'No fields.' })
export class Nothing {}

/** Types of parameters that are not DTOs and need no check. */
const PLAIN_TYPES: ReadonlySet<unknown> = new Set([undefined, String, Number, Boolean, Array, Object]);

/**
 * Checks bodies and query strings against their DTO. It reports every violated rule, refuses unknown fields, and
 * converts only what the DTO converts itself. Other parameters of a handler pass unchecked.
 * @throws HttpProblem `VALIDATION_FAILED`, also for an input that makes a rule or a conversion throw
 */
export class RequestValidationPipe implements PipeTransform {
  private readonly pipe = new ValidationPipe({
    ...RULES,
    transform: true,
    validationError: { target: false, value: false },
    transformerPackage: { plainToInstance: toInstance, classToPlain: instanceToPlain },
    exceptionFactory: (errors) => invalid(fieldErrorsOf(errors)),
  });

  /** DTOs without required fields, as found when they accepted an empty request. */
  private readonly takingNothing = new Set<Type<unknown>>();

  constructor(private readonly log: Logger) {}

  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const { type, metatype } = metadata;
    if (type === 'custom' || metatype === undefined || PLAIN_TYPES.has(metatype)) return value;
    const isEmpty = isRecord(value) && Object.keys(value).length === 0;
    if (!isEmpty) return this.check(value, metadata);
    return this.takingNothing.has(metatype) ? new metatype() : this.checkEmpty(value, metatype, metadata);
  }

  private async checkEmpty(
    value: object,
    shape: Type<unknown>,
    metadata: ArgumentMetadata,
  ): Promise<unknown> {
    const instance = await this.check(value, metadata);
    this.takingNothing.add(shape);
    return instance;
  }

  private async check(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (typeof value === 'object' && value !== null) refuseAtSight(value);
    try {
      return (await this.pipe.transform(value, metadata)) as unknown;
    } catch (error) {
      if (error instanceof HttpProblem || error instanceof HttpException) throw error;
      this.log.error({ err: error }, 'validation failed to judge a request');
      throw invalid([{ pointer: '', code: 'UNREADABLE', message: 'this request cannot be read' }], error);
    }
  }
}

function toInstance(shape: Type<unknown>, plain: unknown): never {
  // The pipe passes classes of objects only, but its type is generic.
  const instance = isRecord(plain)
    ? instantiate(shape as Type<object>, plain)
    : plainToInstance(shape, plain);
  return instance as never;
}

/**
 * Refuses input that no DTO accepts, but that the libraries ignore or process slowly. class-transformer skips keys that
 * every object inherits (`toString`), and Nest deletes others (`constructor`).
 */
function refuseAtSight(value: object): void {
  const errors = errorsAtSight(value);
  if (errors.length > 0) throw invalid(errors);
}

function errorsAtSight(value: object): FieldError[] {
  let count = 0;
  const errors = findErrors(value, (key) => {
    count++;
    if (key in Object.prototype || key === 'prototype') {
      return { code: 'UNKNOWN_FIELD', message: 'is not a field of this request' };
    }
    return count <= MAX_VALUES && !isPlainField(key);
  });
  if (count > MAX_VALUES) {
    return [{ pointer: '', code: 'TOO_MANY_VALUES', message: `holds more than ${MAX_VALUES} values` }];
  }
  return errors;
}

/**
 * Checks a part of a request by the rules for bodies, if its DTO depends on other parts of the request.
 * @param shape the DTO
 * @param value a JSON object as sent
 * @returns its faults, with pointers into it
 */
export function errorsOf(shape: Type<object>, value: Readonly<Record<string, unknown>>): FieldError[] {
  const errors = errorsAtSight(value);
  if (errors.length > 0) return errors;
  return fieldErrorsOf(
    validateSync(instantiate(shape, value), { ...RULES, validationError: { target: false, value: false } }),
  );
}

function invalid(errors: readonly FieldError[], cause?: unknown): HttpProblem {
  const detail =
    errors.length === 1 ? 'One thing in the request is not valid.' : `${errors.length} things are not valid.`;
  return new HttpProblem('VALIDATION_FAILED', `${detail} See "errors".`, { errors, cause });
}
