import { hostileBodies } from './hostile-bodies.js';
import { hostileCredentials } from './hostile-credentials.js';
import type { HostileInput } from './hostile-input.js';
import { hostileKeys } from './hostile-keys.js';
import { hostileRequests } from './hostile-requests.js';
import { hostileValues } from './hostile-values.js';
import { hostileWishes } from './hostile-wishes.js';

/** Everything that is thrown at the service to see that it neither breaks nor gives way. */
export const HOSTILE_INPUTS: readonly HostileInput[] = [
  ...hostileBodies,
  ...hostileValues,
  ...hostileWishes,
  ...hostileRequests,
  ...hostileCredentials,
  ...hostileKeys,
];
