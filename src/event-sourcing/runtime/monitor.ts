/** What became of a command: `refused` by a rule of the domain, or `failed` by a fault. */
export type CommandFate = 'done' | 'refused' | 'failed';

/** A batch of appends whose fate is known. */
export interface BatchReport {
  /** Appends that rode in it. */
  readonly appends: number;
  /** Those that met another version, or a locked stream: they are decided or sent again. */
  readonly conflicts: number;
  /** From its departure to its answer, in milliseconds. */
  readonly ms: number;
}

/** Is told what goes on, to count it. It is called in the middle of the work: it must be quick, and must not throw. */
export interface Monitor {
  /**
   * A command was executed in this process, whether somebody waited for it or it was a stored one.
   * @param type its stable name if it has one, else the name of its class
   * @param ms how long that took, in milliseconds
   */
  onCommand(type: string, fate: CommandFate, ms: number): void;
  /** A batch of appends was sent to the log, and answered. */
  onBatch(batch: BatchReport): void;
}

export const NO_MONITOR: Monitor = { onCommand: () => undefined, onBatch: () => undefined };
