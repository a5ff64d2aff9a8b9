export { given, type Expectation, type Given } from './given.js';
export { sagaContract } from './saga-contract.js';
