export { given, type Expectation } from './given.js';
export { sagaContract } from './saga-contract.js';
