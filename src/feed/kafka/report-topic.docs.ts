import type { DescribedTopic } from '../../http/asyncapi/document.js';
import {
  closed,
  payloadSchema,
  type AnyEventDescriptions,
  type FieldSchema,
} from '../../http/asyncapi/event-schemas.js';
import type { ReportTopic } from './report-topic.js';

const TEXT = { type: 'string' };
const DIGITS = { type: 'string', pattern: '^[0-9]+$' };
const STREAM = { type: 'string', description: 'The stream that the event belongs to.' };

const reportHeaders = (type: string): FieldSchema => ({
  type: 'object',
  required: ['ce_id', 'ce_type'],
  properties: {
    ce_id: {
      type: 'string',
      format: 'uuid',
      description: 'The id of the event. An event that is sent again with the same id is stored once.',
    },
    ce_type: { type: 'string', const: type },
    'content-type': { type: 'string', description: '`application/json` if it is sent.' },
  },
});

const DEAD_LETTER_HEADERS: FieldSchema = {
  type: 'object',
  description: 'The headers of the record, and these.',
  required: [
    'dead-letter-code',
    'dead-letter-detail',
    'dead-letter-problem',
    'dead-letter-topic',
    'dead-letter-partition',
    'dead-letter-offset',
    'dead-letter-timestamp',
  ],
  properties: {
    'dead-letter-code': {
      ...TEXT,
      description: 'Why it was refused: the code that `POST /v1/events` would answer.',
      examples: ['EVENT_INVALID'],
    },
    'dead-letter-detail': TEXT,
    'dead-letter-problem': {
      ...TEXT,
      contentMediaType: 'application/json',
      description:
        'The problem (RFC 9457). `errors` point into the body of the request to `POST /v1/events` that the record ' +
        'stands for.',
    },
    'dead-letter-topic': TEXT,
    'dead-letter-partition': DIGITS,
    'dead-letter-offset': DIGITS,
    'dead-letter-timestamp': { type: 'string', format: 'date-time', description: 'The time of the record.' },
  },
};

/**
 * Describes the topics of reports.
 * @param types of events that other systems may report
 * @param events the descriptions of all events
 */
export function reportTopics(
  types: readonly string[],
  events: AnyEventDescriptions,
  { topic, deadLetterTopic }: ReportTopic,
): DescribedTopic[] {
  const reports = types.flatMap((type) => {
    const event = events[type];
    if (event === undefined) return [];
    const payload = closed(payloadSchema(event));
    const { summary } = event;
    const message = { name: type, title: type, summary, headers: reportHeaders(type), payload };
    return [[`report.${type}`, message] as const];
  });
  const deadLetter = {
    name: 'dead-letter',
    title: 'A report that was refused',
    summary: 'The key and the value are those of the record, unless it is too large with the reasons.',
    headers: DEAD_LETTER_HEADERS,
    contentType: 'application/octet-stream',
  };
  return [
    {
      id: 'reports',
      topic,
      title: 'Reports of other systems',
      description: 'Events that other systems report, with the checks of `POST /v1/events`.',
      action: 'receive',
      key: STREAM,
      messages: Object.fromEntries(reports),
    },
    {
      id: 'dead-letters',
      topic: deadLetterTopic,
      title: 'Reports that were refused',
      description:
        'Records of the topic for reports that were refused, with the reason. Correct and send them again.',
      action: 'send',
      key: { ...TEXT, description: 'The key of the record.' },
      messages: { 'dead-letter': deadLetter },
    },
  ];
}
