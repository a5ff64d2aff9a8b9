import type {
  DurableCqrsAsyncOptions,
  DurableCqrsOptions,
  FeatureDefinitions,
} from './durable-cqrs.options.js';

import { isSchemaName } from '../postgres/schema-name.js';

/** The values that an option may have. */
export interface Kind {
  /** Whether a value is one of them. */
  readonly is: (value: unknown) => boolean;
  /** What they are, for the end of "must be …". */
  readonly what: string;
  /** Whether an error must not show the value. */
  readonly isSecret?: boolean;
}

/** A kind for each option of a type; the compiler finds one that is missing. */
type KindsOf<Options> = { readonly [Name in keyof Required<Options>]: Kind };

type Thing = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Thing =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isFunction = (value: unknown): boolean => typeof value === 'function';

const FLAG: Kind = { is: (value) => typeof value === 'boolean', what: 'true or false' };
const TEXT: Kind = {
  is: (value) => typeof value === 'string' && value !== '',
  what: 'a string with characters',
};
const FUNCTION: Kind = { is: isFunction, what: 'a function' };
const LIST: Kind = { is: Array.isArray, what: 'an array' };
const RECORD: Kind = { is: isObject, what: 'an object' };
const LIST_OR_RECORD: Kind = {
  is: (value) => Array.isArray(value) || isObject(value),
  what: 'an array of classes',
};

function count(least: number): Kind {
  return {
    is: (value) => Number.isSafeInteger(value) && Number(value) >= least,
    what: `a whole number from ${least} on`,
  };
}

function having(...methods: readonly string[]): Kind {
  return {
    is: (value) => isObject(value) && methods.every((method) => isFunction(value[method])),
    what: `an object with the ${methods.length > 1 ? 'methods' : 'method'} ${methods.join(' and ')}`,
  };
}

/** One thing, or two of them as `{ command, query }`. What is given instead may be a URL with a password. */
function oneOrTwo(isOne: (value: unknown) => boolean, what: string): Kind {
  const isTwo = (value: unknown): boolean =>
    isObject(value) && Object.keys(value).length === 2 && isOne(value['command']) && isOne(value['query']);
  return {
    is: (value) => isOne(value) || isTwo(value),
    what: `${what}, or { command, query } with two of them`,
    isSecret: true,
  };
}

const isUrl = (value: unknown): boolean =>
  typeof value === 'string' && /^postgres(ql)?:\/\/./.test(value) && URL.canParse(value);
const isDataSource = (value: unknown): boolean => having('initialize', 'createQueryRunner').is(value);

/** What `forFeature` takes. */
export const FEATURE_KINDS: KindsOf<FeatureDefinitions> = {
  events: { ...LIST_OR_RECORD, what: 'an array of event classes, or an object of classes by name' },
  upcasters: RECORD,
  reports: RECORD,
  commands: RECORD,
  deciders: LIST,
};

/** What `forRoot` takes. */
export const OPTION_KINDS: KindsOf<DurableCqrsOptions> = {
  url: oneOrTwo(isUrl, 'a URL such as postgres://user:password@host:5432/database'),
  dataSource: oneOrTwo(isDataSource, 'a DataSource of TypeORM'),
  queryReplicas: {
    is: (value) => Array.isArray(value) && value.every(isUrl),
    what: 'an array of URLs such as postgres://user:password@host:5432/database',
    isSecret: true,
  },
  schema: { is: isSchemaName, what: 'a name of a-z, 0-9 and _ that does not begin with a digit or pg_' },
  poolSize: count(1),
  entities: LIST_OR_RECORD,
  migrations: LIST_OR_RECORD,
  ...FEATURE_KINDS,
  commandPublisher: having('publish'),
  queryPublisher: having('publish'),
  unhandledExceptionPublisher: having('publish'),
  maxBatchesInFlight: count(1),
  maxBatchSize: count(1),
  patienceMs: count(1),
  cachedEvents: count(1),
  retry: {
    is: (value) => isObject(value) && count(1).is(value['attempts']) && count(0).is(value['firstPauseMs']),
    what: 'an object with the whole numbers attempts (from 1 on) and firstPauseMs (from 0 on)',
  },
  leaseMs: count(1),
  isAlone: FUNCTION,
  runsHandlers: FLAG,
  runsCommands: FLAG,
  strictStart: FLAG,
  cachedRows: count(1),
  release: TEXT,
  cli: TEXT,
  monitor: having('onCommand', 'onBatch'),
  tracing: having('begin'),
};

/** What `forRootAsync` takes. */
export const ASYNC_KINDS: KindsOf<DurableCqrsAsyncOptions> = {
  imports: LIST,
  inject: LIST,
  useFactory: FUNCTION,
  useClass: FUNCTION,
  useExisting: { is: (value) => value !== null, what: 'a class or another token' },
};
