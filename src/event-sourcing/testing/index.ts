export type { ContractApp, ContractCase, RunningApp, StoreSubject } from './contract/contract-case.js';
export { storeContract } from './contract/store-contract.js';
export { inMemorySubject, postgresSubject, type OpenSubject } from './contract/subjects.js';
export { DurableCqrsTesting } from './durable-cqrs-testing.js';
export { DurableCqrsTestingModule, type DurableCqrsTestingOptions } from './durable-cqrs-testing.module.js';
export { given, type Expectation, type Given } from './given.js';
export type { GivenHistory, StreamsExpectation } from './given-history.js';
export { InMemory } from './in-memory/memory.js';
export type { TestClock } from './in-memory/test-clock.js';
export { eventsOf, recorded, type RecordOptions, type StreamEvents } from './recorded.js';
export { sagaContract } from './saga-contract.js';
export {
  storedEventsContract,
  type StoredEventSample,
  type StoredEventSamples,
} from './stored-events-contract.js';
