import { Module, type DynamicModule } from '@nestjs/common';
import { KAFKA_PORT } from './kafka-port.js';
import { KafkaRelay } from './kafka-relay.js';
import { RELAY_SETTINGS, type KafkaSettings } from './kafka-settings.js';
import { KafkajsPort } from './kafkajs/kafkajs-port.js';

/** Events that leave for Kafka. Without settings the module is not used, and kafkajs is not loaded. */
@Module({})
export class KafkaModule {
  static forRoot({ connection, relay }: KafkaSettings): DynamicModule {
    return {
      module: KafkaModule,
      providers: [
        { provide: KAFKA_PORT, useFactory: () => KafkajsPort.load(connection) },
        { provide: RELAY_SETTINGS, useValue: relay },
        ...(relay.routes.length > 0 ? [KafkaRelay] : []),
      ],
      exports: [KAFKA_PORT],
    };
  }
}
