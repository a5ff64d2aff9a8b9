import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../access/access.js';
import { EventFeed, type FeedFilter } from '../../event-sourcing/index.js';
import { HttpProblem } from '../../http/problems/problem.js';
import { FEED_OPTIONS, type FeedOptions } from '../feed-options.js';
import { atTimeOfDay } from './at-time-of-day.js';
import { EventStream } from './event-stream.js';

/** The media type of a live stream. */
export const EVENT_STREAM_MEDIA_TYPE = 'text/event-stream';

const HEADERS = {
  'content-type': `${EVENT_STREAM_MEDIA_TYPE}; charset=utf-8`,
  'cache-control': 'no-store',
  // Turns off the buffering of nginx and similar proxies.
  'x-accel-buffering': 'no',
};

/** All live streams of this process. They share one listener to the log and one timer for heartbeats. */
@Injectable()
export class EventStreams implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(EventStreams.name);
  /** The streams with the headers of the requests that opened them. */
  private readonly streams = new Map<EventStream, IncomingHttpHeaders>();
  private readonly endings: (() => void)[] = [];
  private isClosing = false;

  constructor(
    private readonly feed: EventFeed,
    private readonly access: Access,
    private readonly host: HttpAdapterHost,
    @Inject(FEED_OPTIONS) private readonly options: FeedOptions,
  ) {}

  /** The number of readers. */
  get size(): number {
    return this.streams.size;
  }

  /** Bytes that readers have not read yet, in total. */
  get buffered(): number {
    return [...this.streams.keys()].reduce((sum, { buffered }) => sum + buffered, 0);
  }

  onModuleInit(): void {
    const beats = setInterval(() => {
      for (const stream of this.streams.keys()) stream.beat();
      this.checkReaders();
    }, this.options.heartbeatMs);
    this.endings.push(
      () => {
        clearInterval(beats);
      },
      this.access.onKeysChanged(() => {
        this.checkReaders();
      }),
      this.feed.onAdvance(() => {
        for (const stream of this.streams.keys()) stream.wake();
      }),
    );
    // A closing server waits for its requests, and these would never end by themselves.
    this.host.httpAdapter.getInstance<FastifyInstance>().addHook('preClose', (done) => {
      this.isClosing = true;
      for (const stream of this.streams.keys()) stream.end();
      done();
    });
  }

  beforeApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  /**
   * Answers a request with all events after a position, and goes on with new ones while its JWT is valid.
   * @param after a position, exclusive
   * @throws HttpProblem `OVERLOADED` while the service shuts down
   */
  open(request: FastifyRequest, reply: FastifyReply, after: number, filter: FeedFilter): void {
    if (this.isClosing) throw new HttpProblem('OVERLOADED', 'The service is shutting down.');
    const { raw: response } = reply.hijack();
    // Headers set by hooks, such as X-Request-Id, are on the reply only.
    for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...HEADERS })) {
      if (value !== undefined) response.setHeader(name, value);
    }
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    response.flushHeaders();
    const stream = new EventStream(response, this.feed, filter, after, this.options, (reason) => {
      this.logger.warn(`A live stream was cut off. ${reason}`);
    });
    this.streams.set(stream, request.headers);
    const { expiresAt = Infinity } = request.caller ?? {};
    const forget = atTimeOfDay(expiresAt, () => {
      stream.end();
    });
    response.once('close', () => {
      forget();
      this.streams.delete(stream);
    });
    stream.wake();
  }

  /** Ends the streams whose JWTs are no longer valid: their keys may have been withdrawn. */
  private checkReaders(): void {
    for (const [stream, headers] of this.streams) {
      // It never rejects.
      this.access.stillKnows(headers).then(
        (isGood) => {
          if (!isGood) stream.end();
        },
        () => undefined,
      );
    }
  }
}
