/** The handler does not exist, or does not allow the operation. The message says what to do instead. */
export class StoredHandlerError extends Error {
  override readonly name = 'StoredHandlerError';
}
