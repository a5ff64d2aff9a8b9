import { isUtf8 } from 'node:buffer';
import type { ConsumedRecord } from '../../kafka/kafka-consumption.js';
import { HttpProblem } from '../../http/problems/problem.js';
import { BODY_LIMIT_BYTES } from '../../http/server/route-options.js';
import { isJsonType, parseJson } from '../../http/validation/json-body.js';
import { structuralErrors } from '../../http/validation/json-structure.js';
import { errorsOf } from '../../http/validation/validation.js';
import { ReportEventsCommand } from '../commands/report-events.command.js';
import { ReportEventsDto, reportsOf } from '../http/events.dto.js';

/**
 * Reads a record as a request to `POST /v1/events` with one event: the key is the stream, the headers `ce_id` and
 * `ce_type` are the id and the type, the value is the data. The id is required: without it, a repeat could not be
 * recognised.
 * @throws HttpProblem as for that request. Its pointers lead into the body of the request.
 */
export function commandOf({ key, value, headers }: ConsumedRecord): ReportEventsCommand {
  const type = textOf(headers['content-type']);
  if (type !== null && !isJsonType(type))
    throw new HttpProblem(
      'UNSUPPORTED_MEDIA_TYPE',
      `The value is ${JSON.stringify(type)}, not application/json.`,
    );
  if (value !== null && value.length > BODY_LIMIT_BYTES) {
    const detail = `The value has ${value.length} bytes. The limit is ${BODY_LIMIT_BYTES}.`;
    throw new HttpProblem('PAYLOAD_TOO_LARGE', detail);
  }
  const event = {
    id: textOf(headers['ce_id']),
    type: textOf(headers['ce_type']),
    data: value === null ? null : parseJson(value),
  };
  const body = { stream: textOf(key), events: [event] };
  const errors = structuralErrors(body);
  if (errors.length === 0) errors.push(...errorsOf(ReportEventsDto, body));
  if (errors.length > 0)
    throw new HttpProblem('VALIDATION_FAILED', 'The record is not a valid report. See "errors".', { errors });
  const valid = body as unknown as ReportEventsDto;
  return new ReportEventsCommand(valid.stream, reportsOf(valid), undefined);
}

/** @returns `null` for bytes that are missing or no text; the rules for the field refuse it */
function textOf(bytes: Buffer | null | undefined): string | null {
  return bytes && isUtf8(bytes) ? bytes.toString('utf8') : null;
}
