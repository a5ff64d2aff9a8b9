/** An operation as Swagger UI hands it to a sorter. */
interface ShownOperation {
  get(key: 'method' | 'path'): string;
}

export function inOrder(one: ShownOperation, other: ShownOperation): number;
export function exampleOf(document: object, path: string, method: string, status: number): unknown;

export class Story {
  learn(example: unknown, answer: unknown): void;
  fill(text: string): string;
}
