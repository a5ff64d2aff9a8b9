import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf, responsesOf, type OperationObject } from './operations.js';

type Kind = 'examples' | 'headers' | 'parameters' | 'responses';

/** A place in the document whose content may be replaced by a reference. */
interface Slot {
  readonly holder: Record<string, unknown>;
  readonly key: string;
  /** The name of the component, if it is free. */
  readonly name: string;
}

interface Described {
  readonly description?: string;
}

/**
 * Moves content that occurs several times into components, and refers to it. Contents that differ only in their
 * descriptions share one component; a reference can have a description of its own (OpenAPI 3.1).
 * @param document is not modified
 * @returns the same content in a fraction of the size
 */
export function shareComponents(document: OpenAPIObject): OpenAPIObject {
  // A copy through JSON, which unlike a structured clone has no object in two places.
  const shared = JSON.parse(JSON.stringify(document)) as OpenAPIObject;
  const operations = operationsOf(shared).map(({ operation }) => operation);
  // Inner parts first: two responses are equal once they refer to the same headers.
  share(shared, 'examples', operations.flatMap(examplesOf));
  share(shared, 'headers', operations.flatMap(headersOf));
  share(shared, 'parameters', operations.flatMap(parametersOf));
  share(shared, 'responses', operations.flatMap(responseSlotsOf));
  return shared;
}

function share(document: OpenAPIObject, kind: Kind, slots: readonly Slot[]): void {
  const components: Record<string, unknown> = {};
  for (const alike of groupsOf(slots)) {
    const [first, second] = alike;
    if (first === undefined || second === undefined) continue;
    const name = freeName(first.name, components);
    const component = first.holder[first.key] as Described;
    components[name] = component;
    for (const { holder, key } of alike) {
      const { description } = holder[key] as Described;
      const own = description === component.description ? {} : { description };
      holder[key] = { $ref: `#/components/${kind}/${name}`, ...own };
    }
  }
  document.components = { ...document.components, [kind]: components };
}

/** Groups slots with equal content, apart from descriptions. */
function groupsOf(slots: readonly Slot[]): Iterable<readonly Slot[]> {
  const groups = new Map<string, Slot[]>();
  for (const slot of slots) {
    const content = JSON.stringify({ ...(slot.holder[slot.key] as Described), description: '' });
    groups.set(content, [...(groups.get(content) ?? []), slot]);
  }
  return groups.values();
}

function freeName(name: string, taken: Readonly<Record<string, unknown>>): string {
  let free = name;
  for (let count = 2; free in taken; count++) free = `${name}-${count}`;
  return free;
}

function slotsOf(holder: object | undefined, nameOf: (key: string) => string = (key) => key): Slot[] {
  const record = (holder ?? {}) as Record<string, unknown>;
  return Object.keys(record).map((key) => ({ holder: record, key, name: nameOf(key) }));
}

function examplesOf(operation: OperationObject): Slot[] {
  const bodies = [operation.requestBody, ...responsesOf(operation).map(([, response]) => response)];
  return bodies
    .flatMap((body) => (body !== undefined && 'content' in body ? Object.values(body.content ?? {}) : []))
    .flatMap(({ examples }) => slotsOf(examples));
}

/** Components of headers are named by initials: each reference has the full name beside it, and there are hundreds. */
function headersOf(operation: OperationObject): Slot[] {
  const initials = (name: string) => name.replace(/[^A-Z]/g, '');
  return responsesOf(operation).flatMap(([, { headers }]) => slotsOf(headers, initials));
}

function parametersOf({ parameters = [] }: OperationObject): Slot[] {
  return slotsOf(parameters, (index) => {
    const parameter = parameters[Number(index)];
    return parameter !== undefined && 'name' in parameter ? parameter.name : index;
  });
}

function responseSlotsOf({ responses }: OperationObject): Slot[] {
  return slotsOf(responses, (status) => (Number(status) < 400 ? `Answer${status}` : `Problem${status}`));
}
