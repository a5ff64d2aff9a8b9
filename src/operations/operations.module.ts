import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HandlersHealth } from './handlers.health.js';
import { HealthController } from './health.controller.js';

/** What operators and their machines look at. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [HandlersHealth],
})
export class OperationsModule {}
