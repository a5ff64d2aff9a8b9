import type { Provider, Type } from '@nestjs/common';
import type { EventLog } from '../../log/event-log.js';
import type { RetryPolicy } from '../../runtime/retry-policy.js';
import type { EventStore } from '../../store/event-store.js';

/** An application of a case that runs on the store under test. */
export interface RunningApp {
  /** A provider of the application. */
  get<T>(token: Type<T> | (abstract new (...parameters: never[]) => T)): T;
  /**
   * Resolves when every handler has every event, every stored command has run, and whatever fails was retried until
   * it succeeded or was parked.
   */
  settled(): Promise<void>;
  /** Ends the application. What is stored stays. */
  close(): Promise<void>;
}

/** An application of a case: `DurableCqrsModule` with the events of the contract, and these parts. */
export interface ContractApp {
  /** Handlers, sagas and projections. */
  readonly providers: Provider[];
  /** How failures are retried. */
  readonly retry?: RetryPolicy;
}

/** A store that is held to the contract. All cases may share one, as each uses streams of its own. */
export interface StoreSubject {
  /** The log, with the events of the contract registered. */
  readonly log: EventLog;
  /** The store on that log. */
  readonly store: EventStore;
  /** Starts an application on the same storage, and waits until it is ready. */
  start(app: ContractApp): Promise<RunningApp>;
}

/** A promise of every store, and a check that it is kept. */
export interface ContractCase {
  /** A sentence about the store. */
  readonly name: string;
  /** Rejects if the store breaks the promise. */
  readonly run: (subject: StoreSubject) => Promise<void>;
}

/** The cases of one part of the contract. */
export type Cases = Readonly<Record<string, (subject: StoreSubject) => Promise<void>>>;

/** Cases with the name of their part in front. */
export function named(part: string, cases: Cases): ContractCase[] {
  return Object.entries(cases).map(([name, run]) => ({
    name: `${part}: ${name}`,
    run: (subject) => closing(subject, run),
  }));
}

/** Runs a case, and closes the applications that it has left open. */
async function closing(subject: StoreSubject, run: (subject: StoreSubject) => Promise<void>): Promise<void> {
  const open = new Set<RunningApp>();
  const start = async (app: ContractApp): Promise<RunningApp> => {
    const running = await subject.start(app);
    open.add(running);
    return {
      ...running,
      async close() {
        if (open.delete(running)) await running.close();
      },
    };
  };
  try {
    await run({ log: subject.log, store: subject.store, start });
  } finally {
    await Promise.all([...open].map((app) => app.close()));
  }
}
