import type { EntityMetadata } from 'typeorm';

type ColumnMetadata = EntityMetadata['columns'][number];

const SPATIAL = new Set<unknown>(['geometry', 'geography']);

/**
 * Refuses what a replay could not make again, and what a projection does not write.
 * @throws Error that names the entity, the property and what to do
 */
export function assertSupported(metadata: EntityMetadata): void {
  if (metadata.tableType !== 'regular' || metadata.treeType !== undefined || metadata.discriminatorColumn)
    throw new Error(
      `${metadata.name} cannot be a view: only plain tables without inheritance and trees are supported.`,
    );
  const [relation] = metadata.relations;
  if (relation)
    throw new Error(
      `${metadata.name}.${relation.propertyName} is a relation, which no projection writes. Keep the other row's key in a column.`,
    );
  for (const column of metadata.columns) {
    const reason = unsupported(column);
    if (reason !== undefined)
      throw new Error(`${metadata.name}.${column.propertyPath} cannot be a column of a view: ${reason}`);
  }
}

function unsupported(column: ColumnMetadata): string | undefined {
  if (column.isCreateDate || column.isUpdateDate || column.isDeleteDate)
    return 'its value is the time of writing, and a replay has to give the same row. Take the time of the event (occurredAt).';
  if (column.isVersion)
    return 'TypeORM counts its value up, and a replay has to give the same row. Take the version of the event.';
  if (column.isGenerated || column.generatedType !== undefined || column.asExpression !== undefined)
    return 'the database generates its value. Let evolve compute it from the event.';
  if (typeof column.default === 'function')
    return `its default is an expression (${String((column.default as () => unknown)())}). Constant defaults are supported; let evolve set anything else.`;
  if (column.isVirtual || column.isVirtualProperty || column.query !== undefined)
    return 'it is computed by TypeORM, and no table has it.';
  if (SPATIAL.has(column.type)) return 'spatial types are not supported.';
  return undefined;
}
