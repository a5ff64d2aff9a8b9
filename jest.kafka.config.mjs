import base from './jest.config.mjs';

/** The specs that need a Kafka broker. */
export default {
  ...base,
  testMatch: ['<rootDir>/test/kafka/**/*.kafka-spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
  maxWorkers: 1,
  // kafkajs may leave timers behind when its broker was killed.
  forceExit: true,
};
