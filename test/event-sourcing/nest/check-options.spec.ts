import { DataSource } from 'typeorm';
import { DurableCqrsModule, type FeatureDefinitions } from '../../../src/event-sourcing/index.js';
import { REFUSED_CQRS_OPTIONS } from '../../../src/event-sourcing/nest/check-options.js';
import { OPTION_KINDS } from '../../../src/event-sourcing/nest/option-kinds.js';

const URL = 'postgres://user:s3cret@127.0.0.1:5432/shop';
const dataSource = new DataSource({ type: 'postgres', url: URL });

class Row {
  readonly id!: string; // assigned by TypeORM
}

const refusal = (configure: () => unknown): string => {
  try {
    configure();
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};
const refusalOf = (options: object): string => refusal(() => DurableCqrsModule.forRoot(options));

/** For each option: values that are accepted, and one that is not. */
const VALUES: Readonly<
  Record<keyof typeof OPTION_KINDS, { good: unknown[]; bad: unknown; needsUrl?: true }>
> = {
  url: { good: [URL, { command: URL, query: URL }], bad: 's3cret' },
  dataSource: { good: [dataSource, { command: dataSource, query: dataSource }], bad: URL },
  queryReplicas: { good: [[], [URL]], bad: URL },
  schema: { good: ['events'], bad: 'Events', needsUrl: true },
  poolSize: { good: [3], bad: 0, needsUrl: true },
  entities: { good: [[Row], { Row }], bad: 'Row', needsUrl: true },
  migrations: { good: [[Row]], bad: 'Migration', needsUrl: true },
  events: { good: [[], {}], bad: 'events' },
  upcasters: { good: [{}], bad: [] },
  reports: { good: [{}], bad: [] },
  commands: { good: [{}], bad: [] },
  deciders: { good: [[]], bad: {} },
  commandPublisher: { good: [{ publish: () => undefined }], bad: {} },
  unhandledExceptionPublisher: { good: [{ publish: () => undefined }], bad: 'log' },
  queryPublisher: { good: [{ publish: () => undefined }], bad: {} },
  maxBatchesInFlight: { good: [1], bad: 0.5 },
  maxBatchSize: { good: [1], bad: '256' },
  patienceMs: { good: [1], bad: Infinity },
  cachedEvents: { good: [1], bad: 0 },
  retry: { good: [{ attempts: 1, firstPauseMs: 0 }], bad: { attempts: 0, firstPauseMs: 0 } },
  leaseMs: { good: [1], bad: null },
  isAlone: { good: [() => true], bad: true },
  runsHandlers: { good: [false], bad: 'false' },
  runsCommands: { good: [false], bad: 0 },
  strictStart: { good: [true], bad: 'yes' },
  cachedRows: { good: [1], bad: 0 },
  cli: { good: ['npm run handlers'], bad: 1 },
  release: { good: ['1.2.3'], bad: '' },
  monitor: {
    good: [{ onCommand: () => undefined, onBatch: () => undefined }],
    bad: { onBatch: () => undefined },
  },
  tracing: { good: [{ begin: () => undefined }], bad: true },
};

describe('the options of DurableCqrsModule.forRoot', () => {
  it.each(Object.entries(VALUES))(
    'takes right values of "%s" and refuses wrong ones by name',
    (name, values) => {
      const rest = values.needsUrl ? { url: URL } : {};
      for (const good of [...values.good, undefined])
        expect(refusalOf({ ...rest, [name]: good })).toBe('accepted');
      expect(refusalOf({ ...rest, [name]: values.bad })).toMatch(
        new RegExp(`^Wrong options of DurableCqrsModule.forRoot: "${name}" must be .+\\.$`),
      );
    },
  );

  it('refuses all that is wrong in one error', () => {
    const message = refusalOf({ leaseMS: 1, cachedRows: -1, URL, url: URL, dataSource });
    expect(message).toMatch(/"leaseMS" is not an option, write "leaseMs"/);
    expect(message).toMatch(/"URL" is not an option, write "url"/);
    expect(message).toMatch(/"cachedRows" must be a whole number from 1 on, not -1/);
    expect(message).toMatch(/both "url" and "dataSource"/);
    expect(refusalOf({ color: 'red' })).toMatch(
      /"color" is not an option, the options are url, dataSource, /,
    );
    expect(refusalOf('url' as unknown as object)).toMatch(/must be an object, not "url"/);
  });

  it.each(['schema', 'poolSize', 'entities', 'migrations'] as const)(
    'refuses "%s" without "url", where it would have no effect',
    (name) => {
      const [value] = VALUES[name].good;
      for (const rest of [{}, { dataSource }])
        expect(refusalOf({ ...rest, [name]: value })).toMatch(new RegExp(`"${name}" goes with "url"`));
    },
  );

  it('shows no password', () => {
    for (const url of [
      URL.replace('127.0.0.1', '['),
      URL.replace('postgres:', 'mysql:'),
      { command: URL },
      's3cret',
    ])
      expect(refusalOf({ url })).toMatch(/^(?!.*s3cret).*"url" must be a URL such as postgres:/);
    for (const dataSource of [URL, 's3cret', { command: URL, query: URL }])
      expect(refusalOf({ dataSource })).toMatch(
        /^(?!.*s3cret).*"dataSource" must be a DataSource of TypeORM/,
      );
  });

  it.each(Object.keys(REFUSED_CQRS_OPTIONS))(
    'refuses "%s" of CqrsModule, and says what to do instead',
    (name) => {
      expect(refusalOf({ [name]: {} })).toMatch(
        new RegExp(`"${name}" of @nestjs/cqrs is not supported. [A-Z].{30,}\\.$`),
      );
    },
  );
});

describe('the definitions of DurableCqrsModule.forFeature', () => {
  it('are checked as well', () => {
    const refusalOfFeature = (definitions: object) =>
      refusal(() => DurableCqrsModule.forFeature(definitions as FeatureDefinitions));
    expect(refusalOfFeature({ events: [] })).toBe('accepted');
    expect(refusalOfFeature({ events: 1, event: [] })).toMatch(
      /^Wrong options of DurableCqrsModule.forFeature: "events" must be an array of event classes, or an object of classes by name, not 1; "event" is not an/,
    );
  });
});

describe('the options of DurableCqrsModule.forRootAsync', () => {
  const refusalOfAsync = (options: object) => refusal(() => DurableCqrsModule.forRootAsync(options));
  const useFactory = () => ({});

  it('need one factory', () => {
    class Factory {
      createDurableCqrsOptions = useFactory;
    }
    for (const options of [{ useFactory }, { useClass: Factory }, { useExisting: Factory, imports: [] }])
      expect(refusalOfAsync(options)).toBe('accepted');
    for (const options of [{}, { useFactory, useClass: Factory }])
      expect(refusalOfAsync(options)).toMatch(/give exactly one of useFactory, useClass and useExisting/);
    expect(refusalOfAsync({ usefactory: useFactory })).toMatch(/write "useFactory".*give exactly one/);
  });
});
