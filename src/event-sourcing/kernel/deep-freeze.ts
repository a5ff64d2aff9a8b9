/** What was frozen before: parts that a new state shares with the one before it are not walked through again. */
const frozen = new WeakSet();

/** By the prototypes that they stand before. */
const refusingPrototypes = new WeakMap<object, object>();

const MUTATORS = {
  Map: ['set', 'delete', 'clear'],
  Set: ['add', 'delete', 'clear'],
  Date: Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set')),
} as const;

/**
 * Makes a value and all that it holds unchangeable, so that a change in place throws a TypeError instead of being lost later.
 * `Map`, `Set` and `Date` lose the methods that change them. The bytes of buffers and typed arrays stay as they are:
 * JavaScript cannot freeze them.
 * @returns the value itself
 */
export function deepFreeze<T>(value: T): T {
  const open: unknown[] = [value];
  // A list instead of recursion: a state may be nested deeply.
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null || frozen.has(next)) continue;
    frozen.add(next);
    if (ArrayBuffer.isView(next)) continue;
    open.push(...contentOf(next));
    Object.freeze(next);
  }
  return value;
}

/** The values in an object. The methods that would change a collection or a date are replaced first. */
function contentOf(value: object): unknown[] {
  const content = Object.values(value) as unknown[];
  if (value instanceof Map) {
    refuse(value, MUTATORS.Map);
    return [...content, ...value.keys(), ...(value.values() as Iterable<unknown>)];
  }
  if (value instanceof Set) {
    refuse(value, MUTATORS.Set);
    return [...content, ...(value as Set<unknown>)];
  }
  if (value instanceof Date) refuse(value, MUTATORS.Date);
  return content;
}

/** Puts an object of its own between a collection or a date and its prototype, which answers for the methods that change it. */
function refuse(value: object, methods: readonly string[]): void {
  if (!Object.isExtensible(value)) return;
  const prototype = Object.getPrototypeOf(value) as object;
  let refusing = refusingPrototypes.get(prototype);
  if (refusing === undefined) {
    refusing = Object.create(prototype) as object;
    for (const method of methods) Object.defineProperty(refusing, method, { value: refusalOf(method) });
    refusingPrototypes.set(prototype, refusing);
  }
  Object.setPrototypeOf(value, refusing);
}

function refusalOf(method: string): () => never {
  return () => {
    throw new TypeError(
      `"${method}" would change a part of a state or a row in place, which others hold too. Return a changed copy.`,
    );
  };
}
