import { Reflector } from '@nestjs/core';
import type { ExecutionContext } from '@nestjs/common';
import { AccessGuard } from './access.guard.js';
import type { CallerKind } from './access.docs.js';
import { MayCall } from './may-call.js';

abstract class Listing {
  list(): string {
    return 'all';
  }
}

@MayCall('anybody')
class OpenListing extends Listing {}

@MayCall('admin')
class StaffListing extends Listing {
  @MayCall('service')
  reload(): void {
    // Admits others than its controller does.
  }
}

class UndecoratedListing extends Listing {}

/** A request of a caller of this kind, or of nobody, to a route. */
function call(controller: typeof Listing, handler: string, type?: CallerKind): ExecutionContext {
  const caller = type && { type, isService: type === 'service', hasCartToken: false };
  const context = {
    getClass: () => controller,
    getHandler: () => Reflect.get(controller.prototype, handler) as unknown,
    switchToHttp: () => ({ getRequest: () => ({ caller }) }),
  };
  return context as unknown as ExecutionContext;
}

const guard = new AccessGuard(new Reflector());

// Twice: the second request to a route finds what the first one has found.
it.each(['first', 'second'])('admits the callers that each route names, at the %s request', () => {
  expect(guard.canActivate(call(OpenListing, 'list'))).toBe(true);
  expect(() => guard.canActivate(call(StaffListing, 'list'))).toThrow('Credentials are needed');
  expect(guard.canActivate(call(StaffListing, 'list', 'admin'))).toBe(true);
  expect(() => guard.canActivate(call(StaffListing, 'reload', 'admin'))).toThrow('not for callers');
  expect(guard.canActivate(call(StaffListing, 'reload', 'service'))).toBe(true);
  expect(() => guard.canActivate(call(UndecoratedListing, 'list', 'admin'))).toThrow('not for callers');
});
