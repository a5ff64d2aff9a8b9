/** Ids for new things. A controller passes them to the command, so that a retried command uses the same ones. */
export { newId } from '../../event-sourcing/index.js';
