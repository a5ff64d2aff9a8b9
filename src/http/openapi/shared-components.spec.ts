import type { OpenAPIObject } from '@nestjs/swagger';
import { shareComponents } from './shared-components.js';
import { withoutReferences } from './testing/without-references.js';

const age = { description: 'Seconds.', schema: { type: 'integer' } };
const missing = { description: 'It is not there.', headers: { Age: age } };
const sku = { name: 'sku', in: 'path' as const, required: true, schema: { type: 'string' } };
const limit = (maximum: number) => ({
  name: 'limit',
  in: 'query' as const,
  schema: { type: 'integer', maximum },
});

const document: OpenAPIObject = {
  openapi: '3.1.0',
  info: { title: 'Prices', version: '1' },
  components: { schemas: { Price: { type: 'integer' } } },
  paths: {
    '/prices/{sku}': {
      get: {
        parameters: [sku],
        responses: {
          200: { description: 'A price.', headers: { Age: age, Via: age } },
          404: missing,
        },
      },
      put: { parameters: [sku], responses: { 200: { description: 'A new price.' }, 404: missing } },
    },
    '/prices': { get: { parameters: [limit(10)], responses: { 200: { description: 'Prices.' } } } },
    '/events': {
      get: { parameters: [limit(100)], responses: { 404: { ...missing, description: 'None.' } } },
    },
  },
};

const shared = shareComponents(document);

describe('shared components', () => {
  it('keep the content of the document', () => {
    expect(withoutReferences(shared)).toEqual(document);
    expect(document.paths['/prices']?.get?.parameters).toEqual([limit(10)]);
  });

  it('contain what occurs several times, and nothing else', () => {
    expect(Object.keys(shared.components ?? {}).sort()).toEqual(
      ['examples', 'headers', 'parameters', 'responses', 'schemas'].sort(),
    );
    expect(shared.components).toMatchObject({ parameters: { sku }, headers: { A: age } });
    expect(shared.paths['/prices']?.get?.parameters).toEqual([limit(10)]);
  });

  it('are referred to with an own description if only that differs', () => {
    expect(shared.paths['/events']?.get?.responses['404']).toEqual({
      $ref: '#/components/responses/Problem404',
      description: 'None.',
    });
    expect(shared.paths['/prices/{sku}']?.put?.responses['404']).toEqual({
      $ref: '#/components/responses/Problem404',
    });
  });
});
