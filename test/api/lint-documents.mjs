import { text } from 'node:stream/consumers';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';

const SEVERITIES = ['error', 'warning', 'information', 'hint'];
const ASYNCAPI_RULES = {
  // Tools for 3.0 are more common, and nothing of 3.1 is needed.
  'asyncapi-latest-version': 'off',
  // The service does not know who operates it.
  'asyncapi-info-contact': 'off',
};

// Reads a JSON list of OpenAPI and AsyncAPI documents from standard input, and writes a list of the findings in each. It is a
// program of its own, because jest cannot load the linters.
const documents = JSON.parse(await text(process.stdin));
const findings = [];
for (const source of documents) findings.push(await lint(source));
process.stdout.write(JSON.stringify(findings));

async function lint(source) {
  if ('asyncapi' in JSON.parse(source)) return spectral(source, spectralRulesets.asyncapi, ASYNCAPI_RULES);
  return [...(await redocly(source)), ...(await spectral(source, spectralRulesets.oas))];
}

/** As `redocly lint` with its recommended rules. */
async function redocly(source) {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config });
  return problems.map(({ severity, ruleId, message, location }) => {
    const places = location.map(({ pointer }) => pointer ?? '').join(' ');
    return `redocly ${severity} ${ruleId} at ${places}: ${message}`;
  });
}

/** As `spectral lint` with the ruleset `spectral:oas` or `spectral:asyncapi`. */
async function spectral(source, ruleset, rules = {}) {
  const linter = new spectralCore.Spectral();
  linter.setRuleset({ extends: [[ruleset, 'recommended']], rules });
  const problems = await linter.run(source);
  return problems.map(
    ({ severity, code, message, path }) =>
      `spectral ${SEVERITIES[severity]} ${code} at ${path.join('/')}: ${message}`,
  );
}
