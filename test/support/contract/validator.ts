import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';

/** Times as the contract has them: in UTC, with milliseconds. The format that JSON Schema knows takes more. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const ajv = new Ajv2019({
  strict: true,
  strictRequired: false,
  // The parts of a whole leave their type to it.
  strictTypes: false,
  allErrors: true,
  formats: {
    uuid: fullFormats.uuid,
    'uri-reference': fullFormats['uri-reference'],
    int64: { type: 'number', validate: (value: number) => Number.isSafeInteger(value) },
    'date-time': (text: string) => TIME.test(text) && !Number.isNaN(Date.parse(text)),
  },
});

/**
 * @param schema in JSON Schema 2019-09
 * @returns a function that says what is wrong with a value, in as many lines
 */
export function validatorOf(schema: object): (value: unknown) => string[] {
  const validate: ValidateFunction = ajv.compile(schema);
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message = '', params }) => {
      const { additionalProperty, unevaluatedProperty, allowedValues } = params as Record<string, unknown>;
      const more = [additionalProperty, unevaluatedProperty, allowedValues].filter(
        (one) => one !== undefined,
      );
      return `${instancePath === '' ? 'it' : instancePath} ${message} ${JSON.stringify(more)}`;
    });
  };
}
