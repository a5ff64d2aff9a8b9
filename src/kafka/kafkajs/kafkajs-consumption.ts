import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { ConsumedRecord, Consumption } from '../kafka-consumption.js';

/** A member that was not heard of for this time loses its partitions, in milliseconds. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 1_000;
/** The brokers answer an empty request after this time. Stopping waits for it. In milliseconds. */
const POLL_MS = 200;
/** A failure of a broker ends the consumption; its owner begins another one, and shows it. */
const RETRY = { initialRetryTime: 100, retries: 4, restartOnFailure: () => Promise.resolve(false) };

/**
 * Consumes a topic until `signal` is aborted.
 * @throws Error when the consumption has failed
 */
export async function consume(kafka: Kafka, consumption: Consumption, signal: AbortSignal): Promise<void> {
  const { group, topic } = consumption;
  if (signal.aborted) return;
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: POLL_MS,
    allowAutoTopicCreation: false,
    retry: RETRY,
  });
  const over = new AbortController();
  const ended = endOf(consumer, signal, over.signal);
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    consumption.onAssigned(payload.memberAssignment[topic] ?? []);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => handleBatch(payload, consumption),
    });
    await ended;
  } finally {
    over.abort();
    // It waits for the batch in progress, and leaves the group.
    await consumer.disconnect();
    consumption.onAssigned([]);
  }
}

/** Resolves when `signal` is aborted, and rejects when kafkajs gives up. @param over ends the waiting */
async function endOf(consumer: Consumer, signal: AbortSignal, over: AbortSignal): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      reject(payload.error);
    });
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { signal: over },
    );
  });
  // An error of `connect` may come first; then nobody waits for this one.
  ended.catch(() => undefined);
  return ended;
}

/** kafkajs sends heartbeats between batches only. A batch may take longer than a session. */
async function handleBatch(payload: EachBatchPayload, consumption: Consumption): Promise<void> {
  const { batch } = payload;
  let failure: Error | undefined;
  const beats = setInterval(() => {
    payload.heartbeat().catch((error: unknown) => {
      failure ??= error instanceof Error ? error : new Error('The heartbeat has failed.', { cause: error });
    });
  }, HEARTBEAT_MS);
  try {
    await consumption.handle({
      records: batch.messages.map((message) => recordOf(batch.partition, message)),
      isCurrent: () => failure === undefined && payload.isRunning() && !payload.isStale(),
      commit: async (offset) => {
        payload.resolveOffset(offset);
        await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
      },
    });
  } finally {
    clearInterval(beats);
  }
  // kafkajs joins the group again if another member has joined or left.
  if (failure) throw failure;
}

function recordOf(
  partition: number,
  { key, value, headers, offset, timestamp }: KafkaMessage,
): ConsumedRecord {
  return {
    partition,
    offset,
    timestamp: Number(timestamp),
    key,
    value,
    headers: Object.fromEntries(
      Object.entries(headers ?? {}).flatMap(([name, values]) => {
        const last = Array.isArray(values) ? values.at(-1) : values;
        return last === undefined ? [] : [[name, Buffer.from(last)]];
      }),
    ),
  };
}
