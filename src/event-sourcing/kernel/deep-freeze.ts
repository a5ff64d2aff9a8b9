/** Values that are frozen already: the parts that a new state shares with the former one are not visited again. */
const frozen = new WeakSet();

/** Prototypes whose mutating methods throw, by the prototype that each replaces. */
const refusingPrototypes = new WeakMap<object, object>();

const MUTATORS = {
  Map: ['set', 'delete', 'clear'],
  Set: ['add', 'delete', 'clear'],
  Date: Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set')),
} as const;

/**
 * Freezes a value and everything in it, so that a change in place throws a TypeError instead of being lost later. The
 * mutating methods of `Map`, `Set` and `Date` throw as well. Buffers and typed arrays stay mutable, because JavaScript
 * cannot freeze their bytes.
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

/** The values in an object. Replaces the mutating methods of collections and dates first. */
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

/** Puts a prototype whose mutating methods throw in front of that of a collection or a date. */
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
      `"${method}" would change a state or a row in place, but others hold it too. Return a changed copy.`,
    );
  };
}
