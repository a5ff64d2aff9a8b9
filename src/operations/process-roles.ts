export const ALL_ROLES = ['web', 'handlers', 'commands'] as const;

/**
 * `web` serves the API, `handlers` runs projections, handlers and sagas, `commands` runs stored commands and timers.
 */
export type Role = (typeof ALL_ROLES)[number];

/** Injects the roles of this process. */
export const ROLES = Symbol('roles of the process');
