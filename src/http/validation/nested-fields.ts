import { applyDecorators, type Type } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import { asSent, isRecord, rule } from './fields.js';
import { instantiate } from './instantiate.js';

/** Replaces a value that cannot become an instance of a DTO. The rule refuses it without inspection. */
const MISFIT: unknown = Object.freeze({});

/**
 * The DTOs of a list, selected by the field `by` of an item: `{ by: 'op', shapes: { add: AddDto, remove: RemoveDto }
 * }`.
 */
export interface Variants {
  readonly by: string;
  readonly shapes: Readonly<Record<string, Type<object>>>;
}

/** A nested object of the given DTO. Unlike `@ValidateNested` alone, it refuses arrays. */
export function IsShape(shape: Type<object>): PropertyDecorator {
  return applyDecorators(
    Transform((field) => toShape(asSent(field), () => shape), { toClassOnly: true }),
    rule('isObject', 'must be an object', (value) => value instanceof shape),
    ValidateNested(),
  );
}

/**
 * A list of nested objects.
 * @param items the DTO of every item, or its variants
 * @param size the least and greatest number of items; a longer list is refused without inspection
 */
export function IsListOf(
  items: Type<object> | Variants,
  { min = 0, max }: { readonly min?: number; readonly max: number },
): PropertyDecorator {
  const toList = (sent: unknown) => {
    if (sent === undefined) return undefined;
    if (!Array.isArray(sent) || sent.length < min || sent.length > max) return MISFIT;
    return sent.map((item: unknown) => toShape(item, (record) => shapeOf(items, record)));
  };
  const holds = (value: unknown) => Array.isArray(value) && !value.some((item) => item === MISFIT);
  const named = typeof items === 'function' ? '' : ` whose "${items.by}" is one of ${names(items)}`;
  return applyDecorators(
    Transform((field) => toList(asSent(field)), { toClassOnly: true }),
    rule('isList', `must be a list of ${min} to ${max} objects${named}`, holds, {
      minItems: min,
      maxItems: max,
    }),
    ValidateNested(),
  );
}

function toShape(
  sent: unknown,
  choose: (record: Record<string, unknown>) => Type<object> | undefined,
): unknown {
  if (sent === undefined) return undefined;
  if (!isRecord(sent)) return MISFIT;
  const shape = choose(sent);
  return shape === undefined ? MISFIT : instantiate(shape, sent);
}

function shapeOf(items: Type<object> | Variants, record: Record<string, unknown>): Type<object> | undefined {
  if (typeof items === 'function') return items;
  const name = record[items.by];
  return typeof name === 'string' && Object.hasOwn(items.shapes, name) ? items.shapes[name] : undefined;
}

function names({ shapes }: Variants): string {
  return Object.keys(shapes).join(', ');
}
