import { DataSource, getMetadataArgsStorage } from 'typeorm';
import { EntityMetadataBuilder } from 'typeorm/metadata-builder/EntityMetadataBuilder.js';
import type { ProjectionOptions } from '../../projections/projection.js';

type EntityClass = new () => object;

/** Describes entities without a connection to a database. Any statement fails. */
export class OfflineDataSource extends DataSource {
  constructor(entities: readonly EntityClass[] = []) {
    super({ type: 'postgres', entities: [...entities] });
    const metadatas = new EntityMetadataBuilder(this, getMetadataArgsStorage()).build([...entities]);
    Object.assign(this, {
      entityMetadatas: metadatas,
      entityMetadatasMap: new Map(metadatas.map((metadata) => [metadata.target, metadata])),
    });
  }
}

/** The entities of a projection. */
export function entitiesOf(options: ProjectionOptions): EntityClass[] {
  if ('view' in options) return [options.view];
  return Object.values(options.views).map((entity) => (typeof entity === 'function' ? entity : entity[0]));
}
