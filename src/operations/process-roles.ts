export const ALL_ROLES = ['web', 'handlers', 'commands'] as const;

/**
 * `web` serves the API, `handlers` runs projections, handlers and sagas, `commands` runs stored commands and timers.
 */
export type Role = (typeof ALL_ROLES)[number];

/** Injects what this process does. */
export const ROLES = Symbol('roles of the process');
