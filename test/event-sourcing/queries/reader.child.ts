import 'reflect-metadata';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { LiveViews, QUERY_DATA_SOURCE } from '../../../src/event-sourcing/index.js';
import { compileApp } from '../support/store-app.js';
import { Balance, BalanceProjection } from '../support/views.js';

/** What the reader is asked for: the amount of an account, as of a position. */
export interface Question {
  readonly account: string;
  readonly position: number;
}

// A process that runs the projection, and answers from its table.
const app = await compileApp({ url: process.env['DATABASE_URL'] ?? '' }, { providers: [BalanceProjection] });
app.useLogger(false);
await app.init();
const balances = app.get<DataSource>(getDataSourceToken(QUERY_DATA_SOURCE)).getRepository(Balance);

process.on('message', ({ account, position }: Question) => {
  const answering = app
    .get(LiveViews)
    .of(BalanceProjection)
    .reached(position, 20_000)
    .then(() => balances.findOneBy({ account }));
  answering.then(
    (row) => process.send?.({ amount: row?.amount }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
