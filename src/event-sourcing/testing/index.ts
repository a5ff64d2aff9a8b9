export { given, type Expectation } from './given.js';
