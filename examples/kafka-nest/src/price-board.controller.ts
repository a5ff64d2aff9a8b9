import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, KafkaContext, KafkaRetriableException, Payload } from '@nestjs/microservices';
import { PriceBoard, type ProductEvent } from './price-board.js';

/** Takes the events of products. */
@Controller()
export class PriceBoardController {
  constructor(private readonly board: PriceBoard) {}

  @EventPattern<string>(process.env['TOPIC'] ?? 'cartwright.product')
  async take(@Payload() data: ProductEvent['data'], @Ctx() context: KafkaContext): Promise<void> {
    const { headers = {} } = context.getMessage();
    const event = {
      source: String(headers['ce_source']),
      stream: String(headers['ce_subject']),
      sequence: Number(headers['ce_sequence']),
      data,
    };
    try {
      await this.board.take(event);
    } catch (error) {
      // After any other error, Nest takes the record for done, and it would be lost.
      throw new KafkaRetriableException(String(error));
    }
  }
}
