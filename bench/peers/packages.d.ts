/**
 * Types of the packages that only the peers have installed, as far as they are used here, so that a checkout without
 * these packages can be checked. TypeScript takes them instead of the packages' own.
 */
declare module '@event-driven-io/emmett' {
  export function CommandHandler<State, Event>(options: {
    evolve: (state: State, event: Event) => State;
    initialState: () => State;
  }): (
    store: import('@event-driven-io/emmett-postgresql').EventStore,
    id: string,
    decide: (state: State) => Event,
    options?: { retry: { onVersionConflict: true } },
  ) => Promise<{ newState: State }>;
  export function isExpectedVersionConflictError(error: unknown): boolean;
  export const projections: { inline(definitions: object[]): object[] };
}

declare module '@event-driven-io/emmett-postgresql' {
  export interface EventStore {
    readonly schema: { migrate(): Promise<unknown> };
    appendToStream(
      stream: string,
      events: { type: string; data: object; metadata: object }[],
      options: { expectedStreamVersion: bigint | 'STREAM_DOES_NOT_EXIST' },
    ): Promise<unknown>;
    close(): Promise<void>;
  }
  export function getPostgreSQLEventStore(url: string, options?: { projections: object[] }): EventStore;
  export function pongoSingleStreamProjection<Document, Event>(options: {
    collectionName: string;
    canHandle: string[];
    evolve: (document: Document, event: Event) => Document;
    initialState: () => Document;
  }): object;
}

declare module '@event-driven-io/pongo' {
  export function pongoClient(url: string): {
    db(): {
      collection<Document>(name: string): { findOne(filter: { _id: string }): Promise<Document | null> };
    };
  };
}

declare module 'vega' {
  export function parse(spec: object): object;
  export class View {
    constructor(runtime: object, options: { renderer: 'none' });
    toSVG(): Promise<string>;
  }
}

declare module 'vega-lite' {
  export function compile(spec: object): { readonly spec: object };
}
