import { Module, type DynamicModule } from '@nestjs/common';
import { DurableCqrsModule, type DurableCqrsOptions } from 'durable-cqrs';
import { HeroesModule } from './heroes';

@Module({})
export class AppModule {
  static with(options: DurableCqrsOptions): DynamicModule {
    return { module: AppModule, imports: [DurableCqrsModule.forRoot(options), HeroesModule] };
  }
}
