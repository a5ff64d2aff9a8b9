import type { Call } from '../support/measure.js';

/** A way to store events. */
export interface Appenders {
  /** Makes an appender: each call of it stores one event, and resolves when that is on disk. */
  appender(): Call;
  /** Called before, and after, each measurement. */
  begin?(): Promise<void>;
  end?(): Promise<void>;
  close(): Promise<void>;
}
