import type { OnProgress } from './report.js';

/** Where lines go: a terminal, or a pipe or file. */
interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Begins the line again and clears it. */
const AGAIN = '\r\u001b[K';

/**
 * Shows how far a command has come. On a terminal each line replaces the one before; elsewhere every line that differs
 * is written.
 */
export class ProgressLine {
  private shown = '';

  constructor(private readonly output: Output) {}

  readonly show: OnProgress = (line) => {
    if (line === this.shown) return;
    this.output.write(this.output.isTTY ? `${AGAIN}${line}` : `${line}\n`);
    this.shown = line;
  };

  /** Ends the line, so that other output begins below it. */
  end(): void {
    if (this.output.isTTY && this.shown !== '') this.output.write('\n');
    this.shown = '';
  }
}
