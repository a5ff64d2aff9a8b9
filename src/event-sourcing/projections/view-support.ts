import type { EntityMetadata } from 'typeorm';

type ColumnMetadata = EntityMetadata['columns'][number];

const SPATIAL = new Set<unknown>(['geometry', 'geography']);

/**
 * Refuses entities whose rows a replay could not reproduce, or a projection cannot write.
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
      `${metadata.name}.${relation.propertyName} is a relation, which a projection cannot write. ` +
        `Store the key of the other row in a column.`,
    );
  for (const column of metadata.columns) {
    const reason = unsupported(column);
    if (reason !== undefined)
      throw new Error(`${metadata.name}.${column.propertyPath} cannot be a column of a view: ${reason}`);
  }
}

function unsupported(column: ColumnMetadata): string | undefined {
  if (column.isCreateDate || column.isUpdateDate || column.isDeleteDate)
    return 'its value is the time of writing, and a replay has to produce the same row. Use occurredAt of the event.';
  if (column.isVersion)
    return 'TypeORM increments its value, and a replay has to produce the same row. Use the version of the event.';
  if (column.isGenerated || column.generatedType !== undefined || column.asExpression !== undefined)
    return 'the database generates its value. Let evolve compute it from the event.';
  if (typeof column.default === 'function') {
    const expression = String((column.default as () => unknown)());
    return `its default is an expression (${expression}). Use a constant default, or let evolve set the value.`;
  }
  if (column.isVirtual || column.isVirtualProperty || column.query !== undefined)
    return 'TypeORM computes it, so no table has it.';
  if (SPATIAL.has(column.type)) return 'spatial types are not supported.';
  return undefined;
}
