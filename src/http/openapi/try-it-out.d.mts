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

/** What the settings use of Swagger UI. */
interface ShownDocument {
  readonly specSelectors: { specJson(): { toJS(): object } };
  readonly authSelectors: { authorized(): { has(scheme: string): boolean } };
  preauthorizeApiKey(scheme: string, value: string): void;
}

export function followStory(uiOf: () => ShownDocument): { onComplete(): void };
