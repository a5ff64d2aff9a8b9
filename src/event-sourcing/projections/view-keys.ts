import { streamId } from '../kernel/decider.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { RowsProjection } from './projection.js';
import type { View } from './view.js';
import type { ViewColumn } from './view-column.js';

/** The keys of a projection as texts. The text of a key with several columns is a JSON array. */
export class ViewKeys {
  private readonly columns: readonly ViewColumn[];

  /** @param views of the projection; all have the same key */
  constructor(
    private readonly projection: Pick<RowsProjection<never>, 'keyOf'>,
    private readonly name: string,
    views: readonly View[],
  ) {
    this.columns = views[0]?.key ?? [];
  }

  /**
   * The key of an event.
   * @throws Error if `keyOf` of the projection throws, or does not return all columns
   */
  of(recorded: RecordedEvent): string {
    const key = this.projection.keyOf?.(recorded) ?? streamId(recorded.stream);
    const { columns } = this;
    const [only, ...others] = columns;
    const isSingle = only !== undefined && others.length === 0;
    if (typeof key === 'string') {
      if (isSingle) return key;
      throw new Error(`keyOf of "${this.name}" must return an object with ${listed(columns)}.`);
    }
    const values = columns.map(({ property }) => key[property]);
    if (values.includes(undefined))
      throw new Error(`keyOf of "${this.name}" must return ${listed(columns)}.`);
    return isSingle ? String(values[0]) : JSON.stringify(values.map(String));
  }

  /** The values of each column, for parameters of a statement. */
  columnsOf(keys: readonly string[]): string[][] {
    if (this.columns.length === 1) return [[...keys]];
    const values = keys.map((key) => JSON.parse(key) as string[]);
    return this.columns.map((_, index) => values.map((value) => value[index] ?? ''));
  }

  /** @throws Error if a row does not belong to the key */
  assertOwn(view: View, row: object, key: string): void {
    const [only, ...others] = view.key;
    const text = (column: ViewColumn): string => String(column.of(row));
    const found = only && others.length === 0 ? text(only) : JSON.stringify(view.key.map(text));
    if (found !== key)
      throw new Error(
        `"${this.name}" returned a row of ${view.entity} with the key ${found} for an event of the key ${key}.`,
      );
  }
}

function listed(columns: readonly ViewColumn[]): string {
  return columns.map(({ property }) => property).join(', ');
}
