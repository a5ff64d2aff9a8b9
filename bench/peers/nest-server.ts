import 'reflect-metadata';
import { ValidationPipe, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import type { Line } from './cart.js';

/** Body of an add. */
export class AddItemDto implements Line {
  @IsString()
  @MaxLength(64)
  sku!: string; // set by the pipe, here and below

  @IsInt()
  @Min(1)
  quantity!: number;

  @IsOptional()
  @IsObject()
  options?: Record<string, string>;
}

/** Body that opens a cart. */
export class OpenCartDto {
  @IsString()
  currency!: string;

  @IsOptional()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => AddItemDto)
  items?: AddItemDto[];
}

/** Body of a change. */
export class ChangeQuantityDto {
  @IsInt()
  @Min(1)
  quantity!: number;
}

/** Serves a module with Nest on Fastify and class-validator, and says where. */
export async function serveModule(module: DynamicModule | (new () => unknown)): Promise<void> {
  const adapter = new FastifyAdapter({ bodyLimit: 4 * 1024 * 1024 });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: ['error', 'warn'],
  });
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }));
  await app.listen(0, '127.0.0.1');
  process.stdout.write(`Peer listens on ${await app.getUrl()}\n`);
}
