import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { LaunchedService } from '../lifecycle/launched-service.js';
import { makeDatabases, type OperatorDatabases } from '../lifecycle/operator-databases.js';
import { eventually } from '../support/eventually.js';
import { BUILT_SERVICE } from '../support/service-program.js';
import { Service } from '../support/service.js';
import { OtlpReceiver } from './otlp-receiver.js';

const HOUR = '3600000';
const REQUESTS = 60;

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await OtlpReceiver.start();
});
afterEach(() => receiver.close());
afterAll(() => LaunchedService.killAll());

it('sends what is left when the service stops, as protobuf by default and under its name', async () => {
  const service = await Service.start('trace_flush', {
    ...receiver.env,
    OTEL_EXPORTER_OTLP_PROTOCOL: '',
    OTEL_BSP_SCHEDULE_DELAY: HOUR,
    OTEL_SERVICE_NAME: 'shop-of-a-test',
  });
  await service.shop.open();
  expect(receiver.bodies).toEqual([]);
  expect(await service.leave()).toEqual([]);
  expect(new Set(receiver.types)).toEqual(new Set(['application/x-protobuf']));
  expect(receiver.bodies.join()).toContain('POST /v1/carts');
  expect(receiver.bodies.join()).toContain('shop-of-a-test');
});

it('drops spans while the receiver does not answer, and serves on', async () => {
  const limits = { OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '5' };
  const service = await Service.start('trace_stuck', { ...receiver.env, ...limits });
  const release = receiver.hold();
  for (let sent = 0; sent < REQUESTS; sent += 1) {
    expect((await service.http.get('/v1/products')).status).toBe(200);
  }
  const held = receiver.spans.length;
  release();
  expect(await service.leave()).toEqual([]);
  expect(receiver.spans.length - held).toBeLessThanOrEqual(REQUESTS / 2);
});

it('serves on without a receiver, says so once, and stops in time', async () => {
  const env = { ...receiver.env, OTEL_EXPORTER_OTLP_TIMEOUT: '200' };
  await receiver.close();
  const service = await Service.start('trace_away', env);
  const { log } = service;
  const warnings = async (): Promise<string[]> => {
    await service.shop.open();
    return log.flatMap(({ msg = '' }) => (/^\d+ spans could not be sent/.test(msg) ? msg : []));
  };
  await eventually('a warning', warnings, ({ length }) => length > 0);
  for (let sent = 0; sent < REQUESTS; sent += 1) await warnings();
  expect(await warnings()).toHaveLength(1);
  receiver = await OtlpReceiver.start();
  expect(await service.leave()).toEqual([]);
});

describe('the start', () => {
  let databases: OperatorDatabases;
  beforeAll(async () => {
    databases = await makeDatabases('trace_start');
  });
  afterAll(() => databases.drop());

  it('is refused in one line if a package is missing', async () => {
    const hooks = resolve('test/tracing/without-opentelemetry.mjs');
    const parameters = ['--import', hooks, BUILT_SERVICE];
    const program = { file: process.execPath, parameters, folder: '/' };
    const service = LaunchedService.start({ ...databases.urls, ...receiver.env }, program);
    const { code, stderr } = await service.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^OTEL_… asks for traces, and the package @opentelemetry\/\S+ is not installed: run npm install .+\n$/,
    );
  });

  it.each([
    ['nothing asks for traces', {}],
    ['OTEL_SDK_DISABLED is true', { OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'otlp' }],
    [
      'OTEL_TRACES_EXPORTER is none',
      { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
    ],
  ])('loads nothing of OpenTelemetry if %s', async (_what, env) => {
    const hooks = resolve('test/tracing/without-opentelemetry.mjs');
    const program = { file: process.execPath, parameters: ['--import', hooks, BUILT_SERVICE], folder: '/' };
    const service = await LaunchedService.start({ ...databases.urls, ...env }, program).ready();
    const traceId = randomBytes(16).toString('hex');
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    const { status } = await service.http.send('POST', '/v1/carts', { headers, body: { currency: 'EUR' } });
    expect(status).toBe(201);
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
  });
});
