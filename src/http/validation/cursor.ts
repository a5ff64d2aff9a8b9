/** Longer cursors are refused without being decoded. */
export const MAX_CURSOR_CHARACTERS = 1024;
const FIRST_TIME = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** One part of a sort key, and its form in a cursor. */
export interface CursorField<Value> {
  /** @returns its JSON value */
  toJson(value: Value): unknown;
  /**
   * @returns the value; `undefined` for JSON that no entry of the list can have, such as a text that PostgreSQL refuses
   */
  fromJson(json: unknown): Value | undefined;
}

/** A part whose value in JSON is the value itself. */
export function cursorValue<Value>(isValue: (json: unknown) => json is Value): CursorField<Value> {
  return { toJson: (value) => value, fromJson: (json) => (isValue(json) ? json : undefined) };
}

/** A time, to the millisecond, of the years 1 to 9999. */
export const CURSOR_TIME: CursorField<Date> = {
  toJson: (time) => time.getTime(),
  fromJson: (json) => (isWholeNumber(json, FIRST_TIME, LAST_TIME) ? new Date(json) : undefined),
};

/** A whole number from 0 on, such as a position in the log. */
export const CURSOR_POSITION: CursorField<number> = cursorValue((json): json is number =>
  isWholeNumber(json, 0, Number.MAX_SAFE_INTEGER),
);

/** A boolean. */
export const CURSOR_FLAG: CursorField<boolean> = cursorValue(
  (json): json is boolean => typeof json === 'boolean',
);

/**
 * The cursors of one list: the sort key of the last entry of a page, as an opaque text. Callers can send any text, so
 * each field of the key has a rule, and a text that violates one is refused.
 */
export class CursorCodec<Place extends object> {
  private readonly names: readonly (keyof Place)[];

  /** @param fields the sort key, in the order of the list */
  constructor(private readonly fields: { readonly [Name in keyof Place]-?: CursorField<Place[Name]> }) {
    this.names = Object.keys(fields) as (keyof Place)[];
  }

  /** @returns a text that needs no escaping in a query string */
  encode(place: Place): string {
    return textOf(this.names.map((name) => this.fields[name].toJson(place[name])));
  }

  /** @returns the place of a cursor; `undefined` for a text that this list never returns */
  decode(text: string): Place | undefined {
    if (text.length > MAX_CURSOR_CHARACTERS) return undefined;
    const values = parse(text);
    if (!Array.isArray(values) || values.length !== this.names.length || textOf(values) !== text) {
      return undefined;
    }
    const place: Partial<Place> = {};
    for (const [index, name] of this.names.entries()) {
      const value = this.fields[name].fromJson(values[index]);
      if (value === undefined) return undefined;
      place[name] = value;
    }
    return place as Place;
  }
}

function textOf(values: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    // The caller refuses everything but a list.
    return undefined;
  }
}

function isWholeNumber(json: unknown, min: number, max: number): json is number {
  return Number.isSafeInteger(json) && Number(json) >= min && Number(json) <= max;
}
