import { Presets, SingleBar } from 'cli-progress';

/** Shows how far a phase has come. */
export interface Progress {
  /** Begins a phase of `total` things called `what`. */
  start(what: string, total: number): void;
  /** One more is done. */
  advance(): void;
  /** Ends the phase; without effect where none has begun. */
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

/** A bar on a terminal, a line now and then elsewhere (a log file wants no carriage returns). */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? new ProgressBar(stream) : new ProgressLines(stream);
}

class ProgressBar implements Progress {
  private bar: SingleBar | undefined;

  constructor(private readonly stream: NodeJS.WritableStream) {}

  start(what: string, total: number): void {
    const format = `{bar} {percentage}% | {value}/{total} ${what} | {duration_formatted}, {eta_formatted} to go`;
    this.bar = new SingleBar({ format, stream: this.stream }, Presets.shades_classic);
    this.bar.start(total, 0);
  }

  advance(): void {
    this.bar?.increment();
  }

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

class ProgressLines implements Progress {
  private timer: NodeJS.Timeout | undefined;
  private done = 0;

  constructor(private readonly stream: NodeJS.WritableStream) {}

  start(what: string, total: number): void {
    this.done = 0;
    this.timer = setInterval(() => {
      this.stream.write(`${this.done}/${total} ${what}\n`);
    }, LINE_EVERY_MS);
  }

  advance(): void {
    this.done += 1;
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
