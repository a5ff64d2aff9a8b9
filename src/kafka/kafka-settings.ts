/** How to reach a Kafka cluster. It contains a password: never log it. */
export interface KafkaConnection {
  /** `host:port` of some brokers. They tell the client about all others. */
  readonly brokers: readonly string[];
  /** The name of this client in the logs and quotas of the brokers. */
  readonly clientId: string;
  /** Undefined for plain TCP. */
  readonly tls: KafkaTls | undefined;
  /** Undefined for brokers that ask for no password. */
  readonly sasl: KafkaSasl | undefined;
}

/** TLS, all parts in PEM. */
export interface KafkaTls {
  /** Certificates of the authorities that sign the brokers' certificates; undefined for those of Node. */
  readonly ca: string | undefined;
  /** The client's own certificate and key, for brokers that ask for one. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** The ways to prove a password to a broker. */
export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** A user of the brokers. */
export interface KafkaSasl {
  readonly mechanism: (typeof SASL_MECHANISMS)[number];
  readonly username: string;
  readonly password: string;
}

/** Streams of one category go to one topic. */
export interface TopicRoute {
  readonly category: string;
  readonly topic: string;
}

/** The topics unless others are configured. */
export const DEFAULT_ROUTES: readonly TopicRoute[] = [
  { category: 'cart', topic: 'cartwright.cart' },
  { category: 'product', topic: 'cartwright.product' },
];

/** Injects the {@link RelaySettings}. */
export const RELAY_SETTINGS = Symbol('relay settings');

/** What the relay sends, and where. */
export interface RelaySettings {
  /** Streams of other categories are not sent. No route at all turns the relay off. */
  readonly routes: readonly TopicRoute[];
  /** The types of events that are sent; `cart.*` means all of a category. Undefined for all. */
  readonly eventTypes: readonly string[] | undefined;
  /** `ce_source` of every record: a URI reference that tells this shop from others in the same topics. */
  readonly source: string;
  /** Whether missing topics are created. */
  readonly createsTopics: boolean;
  /** Partitions of topics that are created. */
  readonly partitions: number;
  /** Copies of the partitions of topics that are created; undefined for the default of the brokers. */
  readonly replication: number | undefined;
}

/** All settings of Kafka. */
export interface KafkaSettings {
  readonly connection: KafkaConnection;
  readonly relay: RelaySettings;
}
