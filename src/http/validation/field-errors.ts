import type { ValidationError } from '@nestjs/common';
import { jsonPointer } from './json-structure.js';
import type { FieldError } from '../problems/problem.js';

const MAX_ERRORS = 100;
const MAX_POINTER_CHARACTERS = 16 * 1024;

/** Replacements for names and messages of class-validator that do not read well. */
const OWN_WORDS: Readonly<Record<string, Omit<FieldError, 'pointer'>>> = {
  whitelistValidation: { code: 'UNKNOWN_FIELD', message: 'is not a field of this request' },
  nestedValidation: { code: 'IS_OBJECT', message: 'must be an object' },
};

/**
 * @param roots class-validator's tree of errors
 * @returns a flat list in the order of the tree, of 100 errors and 16 KiB of pointers at most: a hostile body must not
 *   cause an answer many times its own size
 */
export function fieldErrorsOf(roots: readonly ValidationError[]): FieldError[] {
  const found: FieldError[] = [];
  const open = roots.map((error) => ({ error, path: [error.property] })).reverse();
  let characters = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { error, path } = next;
    const pointer = jsonPointer(path);
    for (const [rule, message] of Object.entries(error.constraints ?? {})) {
      characters += pointer.length;
      if (found.length === MAX_ERRORS || (found.length > 0 && characters > MAX_POINTER_CHARACTERS))
        return found;
      found.push({
        pointer,
        ...(OWN_WORDS[rule] ?? { code: codeOf(rule), message: bare(message, error.property) }),
      });
    }
    const children = (error.children ?? []).map((child) => ({
      error: child,
      path: [...path, child.property],
    }));
    open.push(...children.reverse());
  }
  return found;
}

/** Removes the name of the field from the start of a message, as the pointer has it already. */
function bare(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

/** `isInt` becomes `IS_INT`. */
function codeOf(rule: string): string {
  return rule.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase();
}
