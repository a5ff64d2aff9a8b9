import { Injectable } from '@nestjs/common';
import { CommandBus, CommandHandler, EventsHandler, Saga, type ICommandHandler } from '@nestjs/cqrs';
import { Test, type TestingModule } from '@nestjs/testing';
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';
import { filter, map, type Observable } from 'rxjs';
import {
  DomainError,
  DurableCommandBus,
  DurableHandler,
  EventStore,
  recordOf,
  withMessageContext,
  type Tracing,
} from '../../../src/event-sourcing/index.js';
import { openTelemetry } from '../../../src/event-sourcing/opentelemetry/index.js';
import { DurableCqrsTesting, DurableCqrsTestingModule } from '../../../src/event-sourcing/testing/index.js';
import { account, Deposited, Withdrawn } from '../support/bank.js';
import { BalanceProjection } from '../support/views.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = '00f067aa0ba902b7';
const CALLED = `00-${TRACE}-${CALLER}-01`;

class Pay {
  constructor(
    readonly id: string,
    readonly amount: number,
  ) {}
}

@CommandHandler(Pay)
class PayHandler implements ICommandHandler<Pay> {
  constructor(private readonly store: EventStore) {}

  async execute({ id, amount }: Pay): Promise<void> {
    if (amount === 0) throw new DomainError('NOTHING', 'Nothing to pay.');
    if (amount < 0) throw new TypeError('a secret in a message');
    await this.store.transact((tx) => {
      tx.load(account, id);
      tx.append(account, id, [new Deposited({ amount })]);
    });
  }
}

/** Pays into another account for each deposit above 100. */
@Injectable()
class Share {
  @Saga()
  readonly share = (events: Observable<object>) =>
    events.pipe(
      filter((event) => event instanceof Deposited),
      filter(({ amount }) => amount > 100),
      map((event) => new Pay(`${recordOf(event).stream.slice('account-'.length)}s`, event.amount / 10)),
    );
}

@EventsHandler(Deposited)
@DurableHandler({ name: 'mailer' })
class Mailer {
  failures = 0;

  constructor(private readonly store: EventStore) {}

  async handle({ amount }: Deposited): Promise<void> {
    if (this.failures-- > 0) throw new Error('No stamps.');
    if (amount !== 7) return;
    await this.store.transact((tx) => {
      tx.load(account, 'stamps');
      tx.append(account, 'stamps', [new Withdrawn({ amount: 1 })]);
    });
  }
}

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
let app: TestingModule;

beforeAll(() => {
  provider.register();
});
afterAll(async () => {
  await provider.shutdown();
  for (const api of [trace, context, propagation]) api.disable();
});
afterEach(async () => {
  await app.close();
  exporter.reset();
});

async function start(tracing?: Tracing): Promise<DurableCqrsTesting> {
  const module = DurableCqrsTestingModule.forRoot({
    events: [Deposited, Withdrawn],
    commands: { 'account.pay': Pay },
    ...(tracing && { tracing }),
  });
  const providers = [PayHandler, Share, Mailer, BalanceProjection];
  app = await Test.createTestingModule({ imports: [module], providers }).compile();
  await app.init();
  return app.get(DurableCqrsTesting);
}

const pay = (id: string, amount: number): Promise<void> => app.get(CommandBus).execute(new Pay(id, amount));
const called = <T>(work: () => Promise<T>): Promise<T> =>
  withMessageContext(
    { correlationId: 'c', causationId: 'c', actor: { type: 'system', id: null }, traceparent: CALLED },
    work,
  );

/** Spans as `name < name of the parent`; those of the caller's trace whose parent is elsewhere end with `< caller`. */
function family(): string[] {
  const spans = exporter.getFinishedSpans();
  const nameOf = ({ parentSpanContext }: ReadableSpan): string => {
    if (!parentSpanContext) return 'none';
    if (parentSpanContext.spanId === CALLER) return 'caller';
    return spans.find((one) => one.spanContext().spanId === parentSpanContext.spanId)?.name ?? 'unknown';
  };
  return spans.map((span) => `${span.name} < ${nameOf(span)}`).sort();
}

const span = (name: string): ReadableSpan => {
  const found = exporter.getFinishedSpans().find((one) => one.name === name);
  if (!found) throw new Error(`There is no span ${name}.`);
  return found;
};

it('follow a command to all that it leads to, in the trace of its message', async () => {
  const testing = await start(openTelemetry());
  await called(() => pay('a', 200));
  await testing.settled();
  expect(family()).toEqual([
    'append < command account.pay',
    'append < command account.pay',
    'command account.pay < caller',
    'command account.pay < stored command account.pay',
    'handler mailer < command account.pay',
    'handler mailer < command account.pay',
    'projection balances < command account.pay',
    'projection balances < command account.pay',
    'saga Share.share < command account.pay',
    'saga Share.share < command account.pay',
    'stored command account.pay < saga Share.share',
  ]);
});

it('continue through stored commands', async () => {
  const testing = await start(openTelemetry());
  await called(() => app.get(DurableCommandBus).enqueue(new Pay('b', 5)));
  await testing.settled();
  expect(family()).toEqual([
    'append < command account.pay',
    'command account.pay < stored command account.pay',
    'handler mailer < command account.pay',
    'projection balances < command account.pay',
    'saga Share.share < command account.pay',
    'stored command account.pay < caller',
  ]);
});

it('give what a handler stores to the span of the handler', async () => {
  const testing = await start(openTelemetry());
  await called(() => pay('c', 7));
  await testing.settled();
  const [, stored] = await testing.events();
  const handled = span('handler mailer').spanContext();
  expect(stored?.metadata.traceparent).toBe(`00-${TRACE}-${handled.spanId}-01`);
});

it('end with an error where something failed, without its message, and not for a refusal', async () => {
  const testing = await start(openTelemetry());
  await expect(pay('d', 0)).rejects.toThrow(DomainError);
  expect(span('command account.pay')).toMatchObject({
    status: { code: SpanStatusCode.UNSET },
    attributes: { 'durable_cqrs.outcome': 'refused', 'durable_cqrs.refusal': 'NOTHING' },
  });
  exporter.reset();
  await expect(pay('d', -1)).rejects.toThrow(TypeError);
  expect(span('command account.pay')).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'durable_cqrs.outcome': 'failed', 'error.type': 'TypeError' },
  });
  exporter.reset();
  app.get(Mailer).failures = 1;
  await pay('d', 1);
  await testing.runTimers();
  const attempts = exporter.getFinishedSpans().filter(({ name }) => name === 'handler mailer');
  expect(attempts.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.UNSET]);
  expect(
    JSON.stringify(
      exporter.getFinishedSpans().map(({ status, events, attributes }) => [status, events, attributes]),
    ),
  ).not.toMatch(/secret|stamps/);
});

it('are children of the span that runs around a command', async () => {
  const testing = await start(openTelemetry());
  await trace.getTracer('test').startActiveSpan('outside', async (outside) => {
    await pay('e', 1);
    outside.end();
  });
  await testing.settled();
  expect(family()).toContain('command account.pay < outside');
});

it('are not there without tracing, and the trace is passed on nevertheless', async () => {
  const testing = await start();
  await called(() => pay('f', 200));
  await testing.settled();
  const events = await testing.events();
  expect(events.map(({ stream, metadata }) => [stream, metadata.traceparent])).toEqual([
    ['account-f', CALLED],
    ['account-fs', CALLED],
  ]);
  expect(exporter.getFinishedSpans()).toEqual([]);
});

it('store no trace context that is malformed, and nothing where there is none', async () => {
  const testing = await start();
  await pay('g', 1);
  const context = { correlationId: 'c', causationId: 'c', actor: { type: 'system', id: null } };
  await withMessageContext({ ...context, traceparent: 'x\r\nforged: header' }, () => pay('g', 2));
  const events = await testing.events();
  expect(events.map(({ metadata }) => 'traceparent' in metadata)).toEqual([false, false]);
});
