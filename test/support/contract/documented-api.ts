import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import { closedSchema } from './closed-schema.js';
import { follow, type Header, type Operation, type ResponseObject } from './document.js';
import { headerDifferences } from './headers.js';
import { undocumentedDifferences } from './undocumented.js';
import { validatorOf } from './validator.js';

/** What was asked, and what was answered. */
export interface Exchange {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

interface Route {
  readonly path: string;
  readonly pattern: RegExp;
  readonly operations: ReadonlyMap<string, Operation>;
}

type Validate = (value: unknown) => string[];

const EVENT_STREAM = 'text/event-stream';
/** The documentation itself: it is for people, and not part of what it documents. */
const DOCUMENTATION = /^\/(docs(\/.*)?|(openapi|asyncapi)\.json)$/;

let present: Promise<DocumentedApi> | undefined;

/** Holds the answers of the service against its OpenAPI document. */
export class DocumentedApi {
  private readonly routes: readonly Route[];
  /** By the text of their schemas. */
  private readonly validators = new Map<string, Validate>();

  constructor(readonly document: OpenAPIObject) {
    this.routes = Object.entries(document.paths)
      .map(([path, item]) => ({
        path,
        pattern: new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+')}$`),
        operations: new Map(
          Object.entries(item).map(([method, operation]) => [method.toUpperCase(), operation as Operation]),
        ),
      }))
      // A name that is spelt out goes before one that is filled in.
      .sort((one, other) => Number(one.path.includes('{')) - Number(other.path.includes('{')));
  }

  /** The document of the service at `origin`. It is fetched once a run: all services there are of one build. */
  static async of(origin: string): Promise<DocumentedApi> {
    present ??= documentOf(origin).then((document) => new DocumentedApi(document));
    try {
      return await present;
    } catch (error) {
      // The next service may live longer.
      present = undefined;
      throw error;
    }
  }

  /** @returns in what an answer differs from the document: nothing, unless one of the two is wrong */
  differences(exchange: Exchange): string[] {
    const { method, target, status } = exchange;
    const path = pathOf(target);
    if (DOCUMENTATION.test(path) || method === 'OPTIONS') return [];
    const operation = this.operationOf(method, path);
    const found =
      operation === undefined
        ? undocumentedDifferences(exchange, (value) => this.differencesFromSchema('Problem', value))
        : this.differencesFrom(operation, exchange);
    return found.map((one) => `${method} ${target} answered ${status}: ${one}`);
  }

  /**
   * @param name of one of the document's schemas
   * @returns in what a value differs from it
   */
  differencesFromSchema(name: string, value: unknown): string[] {
    return this.validator(`schema ${name}`, { $ref: `#/components/schemas/${name}` })(value);
  }

  private operationOf(method: string, path: string): Operation | undefined {
    const wanted = method === 'HEAD' ? 'GET' : method;
    const route = this.routes.find(({ pattern, operations }) => operations.has(wanted) && pattern.test(path));
    return route?.operations.get(wanted);
  }

  private differencesFrom(operation: Operation, exchange: Exchange): string[] {
    const { status, headers } = exchange;
    const documented = operation.responses[status];
    if (documented === undefined) return ['the operation does not list this status'];
    const response = follow<ResponseObject>(this.document, documented);
    const described = Object.entries(response.headers ?? {}).map(([name, held]) => {
      const header = follow<Header>(this.document, held);
      const validate = this.validator(`${String(operation.operationId)} ${status} ${name}`, header.schema);
      return { name: name.toLowerCase(), header, validate };
    });
    const code = codeOf(exchange);
    return [
      ...headerDifferences(headers, described, code),
      ...this.bodyDifferences(operation, response, exchange),
    ];
  }

  private bodyDifferences(
    { operationId }: Operation,
    { content = {} }: ResponseObject,
    { method, status, headers, text }: Exchange,
  ): string[] {
    const type = headers['content-type']?.split(';', 1)[0];
    const types = Object.keys(content);
    if (types.length === 0) {
      return type === undefined && text === '' ? [] : ['it has a body, and none is documented'];
    }
    if (type === undefined || !types.includes(type)) {
      return [`its body is ${String(type)}, documented is ${types.join(', ')}`];
    }
    if (method === 'HEAD') return text === '' ? [] : ['it has a body'];
    // A live stream has no end. Its events are looked at in test/feed/.
    if (type === EVENT_STREAM) return [];
    const validate = this.validator(`${String(operationId)} ${status} ${type}`, content[type]?.schema);
    return validate(type.endsWith('json') ? JSON.parse(text) : text).map((one) => `in its body, ${one}`);
  }

  /** Thousands of answers share a few dozen schemas, and to compile one takes a millisecond. */
  private validator(name: string, schema: Header['schema']): Validate {
    if (schema === undefined) throw new Error(`The document has no schema for ${name}.`);
    const key = JSON.stringify(schema);
    let validate = this.validators.get(key);
    if (validate === undefined) {
      validate = validatorOf(closedSchema(this.document, schema));
      this.validators.set(key, validate);
    }
    return validate;
  }
}

/** @returns the document that another spec file of this run has kept, or that of the service */
async function documentOf(origin: string): Promise<OpenAPIObject> {
  const { TEST_FOLDER } = process.env;
  const kept = TEST_FOLDER === undefined ? undefined : join(TEST_FOLDER, 'openapi.json');
  if (kept !== undefined && existsSync(kept)) {
    return JSON.parse(await readFile(kept, 'utf8')) as OpenAPIObject;
  }
  const answer = await fetch(`${origin}/openapi.json`);
  if (!answer.ok) throw new Error(`The service answers ${answer.status} for its document.`);
  const text = await answer.text();
  const document = JSON.parse(text) as OpenAPIObject;
  if (kept !== undefined) {
    const unfinished = `${kept}.${process.pid}`;
    await writeFile(unfinished, text);
    await rename(unfinished, kept);
  }
  return document;
}

/** The path as the router sees it. One that cannot be decoded is no path. */
function pathOf(target: string): string {
  const [path = ''] = target.split(/[?#]/, 1);
  try {
    return decodeURI(path);
  } catch {
    return '';
  }
}

function codeOf({ headers, text }: Exchange): string | undefined {
  if (text === '' || headers['content-type']?.startsWith('application/problem+json') !== true)
    return undefined;
  return (JSON.parse(text) as { readonly code?: string }).code;
}
