import { text } from 'node:stream/consumers';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';

const { Spectral } = spectralCore;
const SEVERITIES = ['error', 'warning', 'information', 'hint'];

/** Reads an OpenAPI document from standard input, and writes what linters find in it, as a JSON list of lines. */
const source = await text(process.stdin);
process.stdout.write(JSON.stringify([...(await redocly()), ...(await spectral())]));

/** As `redocly lint` with its recommended rules. */
async function redocly() {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config });
  return problems.map(
    ({ severity, ruleId, message, location }) =>
      `redocly ${severity} ${ruleId} at ${location.map(({ pointer }) => pointer ?? '').join(' ')}: ${message}`,
  );
}

/** As `spectral lint` with the ruleset `spectral:oas`. */
async function spectral() {
  const linter = new Spectral();
  linter.setRuleset({ extends: [[spectralRulesets.oas, 'recommended']] });
  const problems = await linter.run(source);
  return problems.map(
    ({ severity, code, message, path }) =>
      `spectral ${SEVERITIES[severity]} ${code} at ${path.join('/')}: ${message}`,
  );
}
