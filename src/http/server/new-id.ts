/**
 * Makes the id of a new cart or item. A controller passes it to the command, so that retries of the command reuse it.
 */
export { newId } from '../../event-sourcing/index.js';
