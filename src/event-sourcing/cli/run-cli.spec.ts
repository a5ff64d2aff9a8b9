import { COMMANDS } from './commands.js';
import { runCli } from './run-cli.js';

async function run(...parameters: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const code = await runCli(parameters, {
    environment: {},
    write: (text) => (written.out += text),
    writeError: (text) => (written.err += text),
    databases: () => Promise.reject(new Error('No database is needed to refuse parameters.')),
  });
  return { code, ...written };
}

it.each([
  [[], 'No command is given.'],
  [['eat'], 'There is no command "eat".'],
  [['constructor'], 'There is no command "constructor".'],
  [['status', 'auditor'], '"status" does not take "auditor".'],
  [['rename', 'auditor'], '"rename" needs the name of a handler and its new name.'],
  [['partition', 'auditor'], '"partition" needs the name of a handler and the number of its partitions.'],
  [['partition', 'auditor', '1.5'], '"1.5" is not a number of partitions.'],
  [['rename', 'auditor', 'auditor'], '"auditor" already has this name.'],
  [['retry', 'auditor', 'x', '--all'], expect.stringMatching(/^Give either the id of an event/)],
  [
    ['drop', 'auditor'],
    'Give either the id of an event or command that "parked" lists, or --all. ' +
      'To remove a handler that no longer exists, use "remove".',
  ],
])('exits with 2 for %j, before it connects', async (parameters, message) => {
  const { code, out, err } = await run(...parameters);
  expect({ code, out, err: err.split('\n') }).toEqual({
    code: 2,
    out: '',
    err: [message, 'Run "npx durable-cqrs --help" for the commands and options.', ''],
  });
});

it.each(['--help', '-h', 'help'])('lists its commands and options for %s', async (asked) => {
  const { code, out } = await run(asked);
  expect(code).toBe(0);
  for (const command of Object.keys(COMMANDS)) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
});

it('exits with 2 for a name that no schema has', async () => {
  expect(await run('status', '--schema', 'a;b')).toMatchObject({
    code: 2,
    err: expect.stringContaining('"a;b" is not the name of a schema') as string,
  });
});

it('exits with 2 for an option that does not exist', async () => {
  const { code, err } = await run('status', '--loud');
  expect(code).toBe(2);
  expect(err).toContain("Unknown option '--loud'");
});
