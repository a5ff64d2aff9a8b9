import { DomainError } from '../kernel/domain-error.js';

/** Somebody else has changed an aggregate since it was loaded. Nothing was stored. */
export class ConcurrentChangeError extends DomainError {
  /**
   * @param stream name of the stream
   * @param loadedAt the version at which the aggregate was loaded
   * @param version the present version
   */
  constructor(stream: string, loadedAt: number, version: number) {
    super(
      'CONCURRENT_CHANGE',
      `${stream} is at version ${version}, and it was loaded at version ${loadedAt}. ` +
        'Load it again and repeat the change, or use AggregateRepository.change, which does that.',
      { stream, loadedAt, version },
    );
  }
}
