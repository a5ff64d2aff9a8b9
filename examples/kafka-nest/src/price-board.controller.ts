import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, KafkaContext, Payload } from '@nestjs/microservices';
import { PriceBoard, type ProductEvent } from './price-board.js';

/** Takes the events of products. */
@Controller()
export class PriceBoardController {
  constructor(private readonly board: PriceBoard) {}

  /** An error reaches kafkajs, which gives the record to this method again. */
  @EventPattern<string>(process.env['TOPIC'] ?? 'cartwright.product')
  async take(@Payload() data: ProductEvent['data'], @Ctx() context: KafkaContext): Promise<void> {
    const { headers = {} } = context.getMessage();
    await this.board.take({
      source: String(headers['ce_source']),
      stream: String(headers['ce_subject']),
      sequence: Number(headers['ce_sequence']),
      data,
    });
  }
}
