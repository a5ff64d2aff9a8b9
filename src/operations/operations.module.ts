import { Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DurableCqrsHealth } from '../event-sourcing/index.js';
import { HealthController } from './health.controller.js';
import { Interventions } from './interventions.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';
import { ROLES, type Role } from './process-roles.js';
import { ProjectionsController } from './projections.controller.js';
import './health.problems.js';

/** Health, metrics, and interventions of operators. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController, ProjectionsController],
  providers: [DurableCqrsHealth, Interventions],
})
export class OperationsModule {
  /**
   * @param metrics of the process
   * @param roles of this process
   */
  static forRoot(metrics: Metrics, roles: readonly Role[]): DynamicModule {
    return {
      module: OperationsModule,
      providers: [
        { provide: Metrics, useValue: metrics },
        { provide: ROLES, useValue: roles },
      ],
    };
  }
}
