import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { PriceBoardController } from './price-board.controller.js';
import { PriceBoard } from './price-board.js';

@Module({ controllers: [PriceBoardController], providers: [PriceBoard] })
class AppModule {}

const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
  transport: Transport.KAFKA,
  options: {
    client: { brokers: (process.env['KAFKA_BROKERS'] ?? 'localhost:9092').split(',') },
    consumer: { groupId: process.env['GROUP'] ?? 'price-board', sessionTimeout: 10_000 },
    subscribe: { fromBeginning: true },
  },
});
app.enableShutdownHooks();
await app.listen();
