import {
  inMemorySubject,
  postgresSubject,
  storeContract,
  type OpenSubject,
} from '../../../src/event-sourcing/testing/index.js';
import { LogDatabase } from '../support/log-database.js';

let subject: OpenSubject;

describe('the store in memory', () => {
  beforeAll(async () => {
    subject = await inMemorySubject();
  });
  afterAll(() => subject.close());

  it.each(storeContract)('$name', ({ run }) => run(subject));
});

describe('the store in PostgreSQL', () => {
  let database: LogDatabase;
  beforeAll(async () => {
    database = await LogDatabase.create();
    subject = await postgresSubject(database.url);
  });
  afterAll(async () => {
    await subject.close();
    await database.drop();
  });

  it.each(storeContract)('$name', ({ run }) => run(subject));
});
