import { text } from 'node:stream/consumers';
import openapiTS, { astToString } from 'openapi-typescript';

// Reads an OpenAPI document from standard input, and writes types in TypeScript.
process.stdout.write(astToString(await openapiTS(JSON.parse(await text(process.stdin)))));
