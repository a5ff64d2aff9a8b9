/** All entries of the package, so that the compiler reads the type declarations of each. */
export * as cqrs from 'durable-cqrs';
export * as opentelemetry from 'durable-cqrs/opentelemetry';
export * as postgres from 'durable-cqrs/postgres';
export * as prometheus from 'durable-cqrs/prometheus';
export * as testing from 'durable-cqrs/testing';
