/** Ids for what a request makes: handed to its command, so that a command that is tried again makes the same. */
export { newId } from '../../event-sourcing/index.js';
