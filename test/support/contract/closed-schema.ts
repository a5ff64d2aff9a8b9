import type { OpenAPIObject } from '@nestjs/swagger';
import { follow, type Schema, type SchemaOrReference } from './document.js';

/** What is said to people and to tools for them: it takes nothing away from what is valid. */
const WORDS = new Set([
  'title',
  'description',
  'default',
  'example',
  'deprecated',
  'discriminator',
  'readOnly',
  'writeOnly',
]);

/**
 * Writes a schema of an OpenAPI 3.1 document out as JSON Schema 2019-09, without references. An object that does not say otherwise
 * is closed: fields that the document does not name are not valid. The document leaves it open, as clients have to bear with
 * fields that are added later.
 * @throws Error for a schema that would take anything at all
 */
export function closedSchema(document: OpenAPIObject, schema: SchemaOrReference): object {
  return rewrite(document, schema, true);
}

function rewrite(document: OpenAPIObject, held: SchemaOrReference, isClosed: boolean): object {
  const schema = follow<Schema>(document, held);
  const { properties, items, additionalProperties, allOf, anyOf, oneOf, ...rest } = schema;
  if (rest.type === undefined && (allOf ?? anyOf ?? oneOf) === undefined) {
    throw new Error(`This schema takes anything: ${JSON.stringify(held)}`);
  }
  const each = (members: readonly SchemaOrReference[], closes: boolean) =>
    members.map((member) => rewrite(document, member, closes));
  const isOpen = additionalProperties === true;
  const closes = isClosed && (rest.type === 'object' || allOf !== undefined);
  return {
    ...Object.fromEntries(
      Object.entries(rest).filter(([name]) => !WORDS.has(name) && !name.startsWith('x-')),
    ),
    ...(items !== undefined && { items: rewrite(document, items, true) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, one]) => [name, rewrite(document, one, true)]),
      ),
    }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: rewrite(document, additionalProperties, true),
    }),
    // What is closed is the whole: each part alone knows only its own fields.
    ...(allOf !== undefined && { allOf: each(allOf, false) }),
    ...(anyOf !== undefined && { anyOf: each(anyOf, isClosed) }),
    ...(oneOf !== undefined && { oneOf: each(oneOf, isClosed) }),
    ...(closes && !isOpen && { unevaluatedProperties: false }),
  };
}
