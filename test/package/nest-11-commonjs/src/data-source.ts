import { commandSchema, querySchema } from 'durable-cqrs';

/** The compiler has to name every type of the package in the declarations of these. */
export const commandOptions = (url: string) => ({ type: 'postgres' as const, url, ...commandSchema });
export const queryOptions = { type: 'postgres' as const, ...querySchema };
