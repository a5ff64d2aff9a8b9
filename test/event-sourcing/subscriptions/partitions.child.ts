import 'reflect-metadata';
import { EventsHandler } from '@nestjs/cqrs';
import { Projection } from '../../../src/event-sourcing/index.js';
import { Deposited, Withdrawn } from '../support/bank.js';
import { compileApp } from '../support/store-app.js';
import { Balance, BalanceProjection } from '../support/views.js';

@EventsHandler(Deposited, Withdrawn)
@Projection({ name: 'balances', view: Balance, partitions: 4 })
class SplitProjection extends BalanceProjection {}

// A process that runs some of the partitions.
const app = await compileApp({ url: process.env['DATABASE_URL'] ?? '' }, { providers: [SplitProjection] });
app.useLogger(false);
await app.init();
process.on('disconnect', () => process.exit());
process.send?.('ready');
