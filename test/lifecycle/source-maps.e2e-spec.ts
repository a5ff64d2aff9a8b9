import { resolve } from 'node:path';
import { BUILT_SERVICE } from '../support/service-program.js';
import { LaunchedService } from './launched-service.js';

const NOWHERE = 'postgres://nobody@127.0.0.1:1/nothing';

it('reads the source maps of the service at the start, but not those of the libraries', async () => {
  const hooks = resolve('test/lifecycle/report-source-maps.mjs');
  const parameters = ['--enable-source-maps', '--import', hooks, BUILT_SERVICE];
  const service = LaunchedService.start(
    { COMMAND_DATABASE_URL: NOWHERE, QUERY_DATABASE_URL: `${NOWHERE}-either` },
    { file: process.execPath, parameters, folder: '/' },
  );
  const { stdout } = await service.ended;
  expect(JSON.parse(stdout)).toEqual({ library: false, own: true });
});
