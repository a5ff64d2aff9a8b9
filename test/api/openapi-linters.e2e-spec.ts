import type { OpenAPIObject } from '@nestjs/swagger';
import { useService } from '../support/use-service.js';
import { findingsIn, LINT_TIMEOUT_MS } from './linters.js';

const service = useService('linters');

let ours: readonly string[];
let broken: readonly string[];

beforeAll(async () => {
  const { text: document } = await service().http.get('/openapi.json');
  [ours = ['The linters said nothing.'], broken = []] = await findingsIn([document, spoilt(document)]);
}, LINT_TIMEOUT_MS);

it('passes redocly lint and the ruleset oas of Spectral without a warning', () => {
  expect(ours).toEqual([]);
});

it('is refused by both linters when it is broken', () => {
  expect(broken).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^redocly error security-defined /),
      expect.stringMatching(/^spectral warning operation-tag-defined /),
    ]),
  );
});

/** The same document with a tag that is not described, and a way of saying who one is that there is not. */
function spoilt(text: string): string {
  const document = JSON.parse(text) as OpenAPIObject;
  const [operation] = Object.values(document.paths).flatMap(({ get }) => get ?? []);
  expect(operation).toBeDefined();
  Object.assign(operation ?? {}, { tags: ['Nowhere'], security: [{ password: [] }] });
  return JSON.stringify(document);
}
