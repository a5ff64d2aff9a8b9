import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { OpenAPIObject } from '@nestjs/swagger';
import { useService } from '../support/use-service.js';

const LINTERS = resolve('test/api/lint-document.mjs');

const service = useService('linters');

/** What the linters say of a document. They run in a process of their own: jest cannot load them. */
async function findingsIn(document: string): Promise<string[]> {
  const child = spawn(process.execPath, [LINTERS], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(document);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number]>]);
  expect(code).toBe(0);
  return JSON.parse(output) as string[];
}

it('has nothing that redocly lint or the ruleset oas of Spectral would find, not even a warning', async () => {
  const { text: document } = await service().http.get('/openapi.json');
  expect(await findingsIn(document)).toEqual([]);
});

it('would be found to be wrong by either of them', async () => {
  const { body: document } = await service().http.get<OpenAPIObject>('/openapi.json');
  const [operation] = Object.values(document.paths).flatMap(({ get }) => get ?? []);
  expect(operation).toBeDefined();
  Object.assign(operation ?? {}, { tags: ['Nowhere'], security: [{ password: [] }] });
  const findings = await findingsIn(JSON.stringify(document));
  expect(findings).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^redocly error security-defined /),
      expect.stringMatching(/^spectral warning operation-tag-defined /),
    ]),
  );
});
