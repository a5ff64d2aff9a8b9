import type { FieldError } from '../problems/problem.js';

const MAX_DEPTH = 10;
const MAX_ERRORS = 20;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Texts without NUL. Lone surrogates are refused too, but some dialects of patterns cannot express that. */
export const TEXT_PATTERN = '^[^\\u0000]*$';
/** The same, with at least one character that is not whitespace. */
export const NOT_BLANK_PATTERN = '^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$';

/** Keys of free-form objects in the OpenAPI document: see {@link structuralErrors}. */
export const KEY_SCHEMA = { pattern: TEXT_PATTERN, not: { enum: [...FORBIDDEN_KEYS] } };

/**
 * A free-form object. That the rules apply at every level is said in a description, because the schema would have to
 * refer to itself.
 */
export const JSON_OBJECT_SCHEMA = {
  type: 'object' as const,
  propertyNames: KEY_SCHEMA,
  additionalProperties: true,
};

type Finding = Omit<FieldError, 'pointer'>;

/** Inspects one member of an object or array. It returns a fault, or whether to descend into the member. */
type Inspect = (key: string, child: unknown, depth: number) => Finding | boolean;

interface Container {
  readonly value: object;
  readonly depth: number;
  readonly parent: Container | undefined;
  readonly key: string;
}

/**
 * Walks parsed JSON level by level without recursion, so that no depth of nesting can exhaust the stack.
 * @param root an object or array; its members are at depth 1
 * @returns what `inspect` found (20 at most), outermost first
 */
export function findErrors(root: object, inspect: Inspect): FieldError[] {
  const errors: FieldError[] = [];
  const containers: Container[] = [{ value: root, depth: 1, parent: undefined, key: '' }];
  // The list grows during the loop.
  for (const container of containers) {
    for (const [key, child] of Object.entries(container.value) as [string, unknown][]) {
      const finding = inspect(key, child, container.depth);
      if (typeof finding === 'object') {
        errors.push({ pointer: pointerTo(container, key), ...finding });
        if (errors.length === MAX_ERRORS) return errors;
      } else if (finding && typeof child === 'object' && child !== null) {
        containers.push({ value: child, depth: container.depth + 1, parent: container, key });
      }
    }
  }
  return errors;
}

/**
 * @param root a parsed JSON object or array
 * @returns the violations of rules for all bodies: nesting deeper than 10, keys that name parts of JavaScript's
 *   prototypes, NUL and lone surrogates in a key or a string
 */
export function structuralErrors(root: object): FieldError[] {
  return findErrors(root, (key, child, depth) => {
    if (FORBIDDEN_KEYS.has(key))
      return { code: 'FORBIDDEN_KEY', message: 'this key is not allowed anywhere' };
    if (!isText(key)) return { code: 'INVALID_TEXT', message: 'the key holds NUL or a lone surrogate' };
    if (typeof child === 'string' && !isText(child)) {
      return { code: 'INVALID_TEXT', message: 'the text holds NUL or a lone surrogate' };
    }
    if (depth === MAX_DEPTH && typeof child === 'object' && child !== null) {
      return { code: 'TOO_DEEP', message: `nesting ends at ${MAX_DEPTH} levels` };
    }
    return true;
  });
}

/** @returns whether PostgreSQL can store `value` as text: no NUL, no lone surrogate */
export function isText(value: string): boolean {
  return !value.includes('\u0000') && !LONE_SURROGATE.test(value);
}

/** @returns the RFC 6901 pointer of keys and indexes, outermost first */
export function jsonPointer(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function pointerTo(container: Container, key: string): string {
  const path = [key];
  for (let at = container; at.parent !== undefined; at = at.parent) path.push(at.key);
  return jsonPointer(path.reverse());
}
