import { text } from 'node:stream/consumers';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';

const SEVERITIES = ['error', 'warning', 'information', 'hint'];

// Reads a JSON list of OpenAPI documents from standard input, and writes a list of what is found in each. It is a program of its
// own, as jest cannot load the linters.
const documents = JSON.parse(await text(process.stdin));
const findings = [];
for (const source of documents) findings.push([...(await redocly(source)), ...(await spectral(source))]);
process.stdout.write(JSON.stringify(findings));

/** As `redocly lint` with its recommended rules. */
async function redocly(source) {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config });
  return problems.map(({ severity, ruleId, message, location }) => {
    const places = location.map(({ pointer }) => pointer ?? '').join(' ');
    return `redocly ${severity} ${ruleId} at ${places}: ${message}`;
  });
}

/** As `spectral lint` with the ruleset `spectral:oas`. */
async function spectral(source) {
  const linter = new spectralCore.Spectral();
  linter.setRuleset({ extends: [[spectralRulesets.oas, 'recommended']] });
  const problems = await linter.run(source);
  return problems.map(
    ({ severity, code, message, path }) =>
      `spectral ${SEVERITIES[severity]} ${code} at ${path.join('/')}: ${message}`,
  );
}
