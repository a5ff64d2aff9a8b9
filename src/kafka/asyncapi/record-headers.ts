import type { FieldSchema } from '../../http/asyncapi/event-schemas.js';

const DIGITS = { type: 'string', pattern: '^[0-9]+$' };
const CONTENT_TYPE = { type: 'string', const: 'application/json' };
const TRACEPARENT = {
  type: 'string',
  description: 'The trace that the event belongs to (W3C Trace Context).',
};

/** The headers of a record with an event: CloudEvents 1.0 in binary mode. */
export const EVENT_HEADERS: FieldSchema = {
  type: 'object',
  required: [
    'ce_specversion',
    'ce_id',
    'ce_type',
    'ce_source',
    'ce_time',
    'ce_subject',
    'ce_sequence',
    'ce_position',
    'content-type',
  ],
  properties: {
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: { type: 'string', format: 'uuid', description: 'The id of the event. A repeat has the same id.' },
    ce_type: { type: 'string', description: 'The type of the event.', examples: ['cart.item-added'] },
    ce_source: {
      type: 'string',
      format: 'uri-reference',
      description: 'The shop, or the cell of a shop, that the event comes from.',
    },
    ce_time: { type: 'string', format: 'date-time', description: 'When the event occurred.' },
    ce_subject: { type: 'string', description: 'The stream, which is also the key of the record.' },
    ce_sequence: {
      ...DIGITS,
      description:
        'The version of the stream after the event, from 1 on, as a decimal number. Drop a record whose value is not ' +
        'above the last one that was processed for the same source and subject: it is a repeat.',
    },
    ce_position: { ...DIGITS, description: 'The place of the event in the whole log of its source.' },
    ce_actortype: {
      type: 'string',
      enum: ['guest', 'customer', 'admin', 'service', 'system'],
      description: 'Who caused the event. The id of the actor does not leave the service.',
    },
    'content-type': CONTENT_TYPE,
    traceparent: TRACEPARENT,
  },
};
