import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/** The first part of every path of the API. */
export const API_PREFIX = 'v1';

/** The largest body of a request, unless its route has a limit of its own. */
export const BODY_LIMIT_BYTES = 256 * 1024;

/** What a route may need that other routes do not. */
export interface RouteNeeds {
  /** Largest body in bytes, if not the general limit. */
  readonly bodyLimit?: number;
  /** The media type of its answers, if not JSON. */
  readonly produces?: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    bodyLimit?: number;
    produces?: string;
  }
}

/** Declares the {@link RouteNeeds} of a controller method. */
export function HttpRoute(needs: RouteNeeds): MethodDecorator {
  return RouteConfig(needs);
}

/** Applies the {@link HttpRoute} of each route. */
export function applyRouteNeeds(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const bodyLimit = route.config?.bodyLimit;
    if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
  });
}
