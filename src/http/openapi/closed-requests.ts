import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf, type SchemaObject } from './operations.js';

const SCHEMAS = '#/components/schemas/';

/**
 * Closes the objects of request bodies, as the service refuses unknown fields. Answers stay open, because fields may be
 * added later.
 * @throws Error for a schema of both requests and answers, as it cannot be open and closed
 */
export function closeRequests(document: OpenAPIObject): void {
  const operations = operationsOf(document).map(({ operation }) => operation);
  const ofRequests = schemasIn(
    document,
    operations.map(({ requestBody }) => requestBody),
  );
  const ofAnswers = schemasIn(
    document,
    operations.map(({ responses }) => responses),
  );
  for (const [name, schema] of ofRequests) {
    if (ofAnswers.has(name) && hasFields(schema)) {
      throw new Error(`The schema ${name} is used in requests and in answers. Make a DTO for each.`);
    }
    if (hasFields(schema)) schema.additionalProperties ??= false;
  }
}

function hasFields(schema: SchemaObject): boolean {
  return schema.type === 'object' && schema.properties !== undefined;
}

/** The component schemas that `root` refers to, directly or through others. */
function schemasIn({ components }: OpenAPIObject, root: unknown): Map<string, SchemaObject> {
  const found = new Map<string, SchemaObject>();
  const open: unknown[] = [root];
  // The list grows during the loop.
  for (const value of open) {
    if (typeof value !== 'object' || value === null) continue;
    open.push(...(Object.values(value) as unknown[]));
    const name = '$ref' in value ? String(value.$ref).slice(SCHEMAS.length) : '';
    const schema = components?.schemas?.[name];
    if (schema === undefined || '$ref' in schema || found.has(name)) continue;
    found.set(name, schema);
    open.push(schema);
  }
  return found;
}
