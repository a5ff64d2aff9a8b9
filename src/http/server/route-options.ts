import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/** The first part of every path of the API. */
export const API_PREFIX = 'v1';

/** What a route may ask of the edge. */
export interface RouteNeeds {
  /** Largest body in bytes, where the general limit is too small (or too large). */
  readonly bodyLimit?: number;
  /** The media type of its answers, where that is not JSON. */
  readonly produces?: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    bodyLimit?: number;
    produces?: string;
  }
}

/** Marks a controller method whose route needs something else than the others do. */
export function HttpRoute(needs: RouteNeeds): MethodDecorator {
  return RouteConfig(needs);
}

/** Makes {@link HttpRoute} work; call it before any route is registered. */
export function applyRouteNeeds(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const bodyLimit = route.config?.bodyLimit;
    if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
  });
}
