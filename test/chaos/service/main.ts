import 'reflect-metadata';
import { once } from 'node:events';
import { loadConfig } from '../../../src/config/config.js';
import { createApp } from '../../../src/create-app.js';
import { openDatabases } from '../../../src/database/databases.js';
import { createLogger } from '../../../src/http/server/logging.js';
import { stopService } from '../../../src/lifecycle.js';
import { WitnessModule } from './witness.js';

// The service as `src/main.ts` runs it, with the witness beside its own modules.
const stopRequested = once(process, 'SIGTERM');
const config = loadConfig(process.env);
const logger = createLogger(config.logLevel);
const databases = await openDatabases(config, (line) => {
  logger.info(line);
});
const app = await createApp(config, databases, logger, [WitnessModule]);
await app.listen(config.port, config.host);
process.stdout.write(`Cartwright listens on ${await app.getUrl()}\n`);
await stopRequested;
await stopService({ app, databases }, logger);
process.exit(0);
