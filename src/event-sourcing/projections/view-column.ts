import pg from 'pg';
import type { ColumnType, DataSource, EntityMetadata } from 'typeorm';
import { ApplyValueTransformers } from 'typeorm/util/ApplyValueTransformers.js';

/** Types whose values TypeORM and the driver pass on as they are. */
const PLAIN = new Set<ColumnType>([
  'text',
  'character varying',
  'uuid',
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'boolean',
]);
/** TypeORM stores these as texts. */
const WRAPPED = new Set<ColumnType>(['simple-array', 'simple-json']);
const DOCUMENTS = new Set<ColumnType>(['json', 'jsonb']);
/** The driver returns arrays of these as texts, and TypeORM parses them. */
const PARSED_BY_TYPEORM = new Set<ColumnType>(['enum', 'cube']);
const FIRST_OF_YEAR_1 = Date.parse('0001-01-01T00:00:00Z');
const END_OF_YEAR_9999 = Date.parse('9999-12-31T23:59:59.999Z');

/** The function of `pg` that turns a value into a parameter. The types of `pg` leave it out. */
const { utils } = pg as unknown as { utils: { prepareValue(value: unknown): string | Buffer | null } };

/** A column of a view: converts values of rows to and from PostgreSQL as TypeORM would. */
export class ViewColumn {
  /** Name of the column, quoted. */
  readonly name: string;
  /** Path of the property; with dots if it is embedded. */
  readonly property: string;
  /** Type in PostgreSQL; `enum` for any enumeration. */
  readonly type: ColumnType;
  /** The value of a row that leaves the property out: the constant default of the entity, else NULL. */
  readonly preset: unknown;
  /** Whether a row may leave the property out. */
  readonly isOptional: boolean;
  private readonly isPlain: boolean;
  private readonly isEmbedded: boolean;

  constructor(
    private readonly dataSource: DataSource,
    readonly metadata: EntityMetadata['columns'][number],
  ) {
    this.name = dataSource.driver.escape(metadata.databaseName);
    this.property = metadata.propertyPath;
    this.type = dataSource.driver.normalizeType(metadata) as ColumnType;
    this.isPlain = PLAIN.has(this.type) && !WRAPPED.has(metadata.type);
    this.isEmbedded = metadata.embeddedMetadata !== undefined;
    this.isOptional = metadata.isNullable || metadata.default !== undefined;
    this.preset = this.presetValue();
  }

  /** The value in a row. */
  of(row: object): unknown {
    const { metadata, isEmbedded } = this;
    return isEmbedded ? metadata.getEntityValue(row) : row[metadata.propertyName as keyof object];
  }

  /** Puts a value into a row that is being made. */
  put(row: object, value: unknown): void {
    if (this.isEmbedded) this.metadata.setEntityValue(row, value);
    else (row as Record<string, unknown>)[this.metadata.propertyName] = value;
  }

  /** @returns the value in the text format of PostgreSQL, `null` for NULL */
  toText(value: unknown): string | null {
    const { metadata, isPlain } = this;
    if (isPlain || metadata.isArray) {
      const { transformer } = metadata;
      return this.plainText(transformer ? ApplyValueTransformers.transformTo(transformer, value) : value);
    }
    if (value instanceof Date && isUsual(value) && !metadata.transformer && isMoment(this.type))
      return value.toISOString();
    return text(this.dataSource.driver.preparePersistentValue(value, metadata));
  }

  /** @param cell as the driver has read it */
  fromCell(cell: unknown): unknown {
    const { metadata, isPlain, type } = this;
    const isReady = metadata.isArray ? !PARSED_BY_TYPEORM.has(type) : isPlain || DOCUMENTS.has(type);
    if (!isReady) return this.dataSource.driver.prepareHydratedValue(cell, metadata) as unknown;
    const { transformer } = metadata;
    return transformer ? (ApplyValueTransformers.transformFrom(transformer, cell) as unknown) : cell;
  }

  private plainText(value: unknown): string | null {
    switch (typeof value) {
      case 'string':
        return value;
      case 'number':
      case 'boolean':
      case 'bigint':
        return String(value);
      default:
        return text(DOCUMENTS.has(this.type) && Array.isArray(value) ? value.map(asJson) : value);
    }
  }

  private presetValue(): unknown {
    const { default: preset } = this.metadata;
    if (preset === undefined || preset === null) return this.fromCell(null);
    // The driver returns these as texts.
    const isText = this.type === 'bigint' || this.type === 'numeric';
    return this.fromCell(isText ? text(preset) : preset);
  }
}

function asJson(element: unknown): string | undefined {
  return JSON.stringify(element);
}

function text(persistent: unknown): string | null {
  const prepared = utils.prepareValue(persistent);
  return typeof prepared === 'object' && prepared !== null ? `\\x${prepared.toString('hex')}` : prepared;
}

function isMoment(type: ColumnType): boolean {
  return type === 'timestamp with time zone';
}

/** Whether PostgreSQL can read its ISO 8601 text, which must have a year of four digits. */
function isUsual(date: Date): boolean {
  const time = date.getTime();
  return time >= FIRST_OF_YEAR_1 && time <= END_OF_YEAR_9999;
}
