/** An error of PostgreSQL, as far as callers tell it from others. */
class RefusedData extends Error {
  constructor(
    /** SQLSTATE. */
    readonly code: string,
    message: string,
    readonly constraint?: string,
  ) {
    super(message);
  }
}

const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
/** NUL, or half of a surrogate pair, as JSON writes them. */
const REFUSED_IN_JSON = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

/** Resolves in another turn of the event loop, as an answer of a database does. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Converts data to JSON.
 * @throws Error with the code of PostgreSQL for what `jsonb` does not take: NUL and halves of surrogate pairs
 */
export function toJson(data: unknown): string {
  const json = JSON.stringify(data ?? null);
  if (REFUSED_IN_JSON.test(json))
    throw new RefusedData('22P05', 'unsupported Unicode escape sequence: PostgreSQL cannot store this text');
  return json;
}

/** @throws Error with the code of PostgreSQL for a text with NUL */
export function assertText(text: string): void {
  if (text.includes('\0')) throw new RefusedData('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
}

/** @throws Error for what is not a UUID */
export function assertUuid(id: string): void {
  if (!UUID.test(id)) throw new RefusedData('22P02', `"${id}" is not a UUID.`);
}

/** Another append has stored an event with this id. */
export function idTaken(id: string): Error {
  return new RefusedData('23505', `An event with the id ${id} is stored already.`, 'event_log_id_key');
}

/** A row lacks a value that its column must have. */
export function valueMissing(entity: string, property: string): Error {
  return new RefusedData('23502', `${entity}.${property} must have a value.`);
}
