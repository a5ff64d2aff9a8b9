/**
 * Many readers or one writer. Served in the order of asking, so that neither a stream of readers nor one of writers
 * keeps the other side out for ever.
 */
export class ReadWriteLock {
  private readers = 0;
  private writing = false;
  private readonly queue: { readonly write: boolean; readonly enter: () => void }[] = [];

  /** Runs `work` beside other readers, never beside a writer. */
  async read<T>(work: () => Promise<T>): Promise<T> {
    await this.enter(false);
    try {
      return await work();
    } finally {
      this.readers -= 1;
      this.admit();
    }
  }

  /** Runs `work` alone. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    await this.enter(true);
    try {
      return await work();
    } finally {
      this.writing = false;
      this.admit();
    }
  }

  private enter(write: boolean): Promise<void> {
    return new Promise((enter) => {
      this.queue.push({ write, enter });
      this.admit();
    });
  }

  private admit(): void {
    for (let next = this.queue[0]; next !== undefined && this.isFree(next.write); next = this.queue[0]) {
      this.queue.shift();
      if (next.write) {
        this.writing = true;
      } else {
        this.readers += 1;
      }
      next.enter();
    }
  }

  private isFree(write: boolean): boolean {
    return !this.writing && (!write || this.readers === 0);
  }
}
