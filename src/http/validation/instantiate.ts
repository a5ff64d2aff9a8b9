import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';

const fieldsOf = new WeakMap<Type<object>, ReadonlySet<string>>();

/**
 * Makes an instance of a DTO. Unknown fields are copied as they are, and validation refuses them later:
 * class-transformer takes many times longer for a field, and a hostile body can have tens of thousands.
 * @param shape the DTO
 * @param plain an object as sent, without names that every object inherits
 */
export function instantiate(shape: Type<object>, plain: Readonly<Record<string, unknown>>): object {
  const known = knownFields(shape);
  const names = Object.keys(plain);
  if (names.every((name) => known.has(name))) return plainToInstance(shape, plain);
  const [has, lacks] = [names.filter((name) => known.has(name)), names.filter((name) => !known.has(name))];
  return Object.assign(plainToInstance(shape, pick(plain, has)), pick(plain, lacks));
}

/** The fields that have a rule. Validation refuses all others. */
function knownFields(shape: Type<object>): ReadonlySet<string> {
  let known = fieldsOf.get(shape);
  if (known === undefined) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(shape, '', false, false);
    known = new Set(rules.map(({ propertyName }) => propertyName));
    fieldsOf.set(shape, known);
  }
  return known;
}

function pick(plain: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, plain[name]]));
}
