import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { OpenAPIObject } from '@nestjs/swagger';
import { useService } from '../support/use-service.js';

const LINTERS = resolve('test/api/lint-documents.mjs');
/** They take two seconds of a processor that has nothing else to do. */
const TIMEOUT_MS = 600_000;

const service = useService('linters');

let ours: readonly string[];
let broken: readonly string[];

beforeAll(async () => {
  const { text: document } = await service().http.get('/openapi.json');
  [ours = ['The linters said nothing.'], broken = []] = await findingsIn([document, spoilt(document)]);
}, TIMEOUT_MS);

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

/** @returns what the linters find in each of the documents */
async function findingsIn(documents: readonly string[]): Promise<string[][]> {
  const child = spawn(process.execPath, [LINTERS], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(documents));
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number]>]);
  expect(code).toBe(0);
  return JSON.parse(output) as string[][];
}

/** The same document with a tag that is not described, and a way of saying who one is that there is not. */
function spoilt(text: string): string {
  const document = JSON.parse(text) as OpenAPIObject;
  const [operation] = Object.values(document.paths).flatMap(({ get }) => get ?? []);
  expect(operation).toBeDefined();
  Object.assign(operation ?? {}, { tags: ['Nowhere'], security: [{ password: [] }] });
  return JSON.stringify(document);
}
