import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiExcludeController } from '@nestjs/swagger';
import { v7 as uuidv7 } from 'uuid';
import { MayCall } from '../../src/access/may-call.js';
import type { CartTarget } from '../../src/cart/cart-writer.js';
import type { Addition } from '../../src/cart/domain/cart.decisions.js';
import { AddItemDto } from '../../src/cart/http/add-item.dto.js';
import { Minimal, Target } from '../../src/cart/http/cart-request.js';

interface Nothing {
  readonly id: string;
  readonly version: number;
}

class NoOpCommand extends Command<Nothing> {
  constructor(
    readonly target: CartTarget,
    readonly sku: string,
    readonly addition: Addition,
    readonly minimal: boolean,
  ) {
    super();
  }
}

@CommandHandler(NoOpCommand)
class NoOpHandler implements ICommandHandler<NoOpCommand> {
  execute({ target }: NoOpCommand): Promise<Nothing> {
    return Promise.resolve({ id: target.cartId, version: 1 });
  }
}

/** What adding an item costs before anything is done: the same route but for its name, body, validation and bus. */
@ApiExcludeController()
@Controller('no-op/:cartId/items')
class NoOpController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @MayCall('guest', 'customer', 'admin', 'service')
  @HttpCode(201)
  async add(
    @Body() { sku, quantity, options = {} }: AddItemDto,
    @Target() target: CartTarget,
    @Minimal() minimal: boolean,
  ): Promise<Nothing> {
    const addition = { itemId: uuidv7(), quantity, options };
    return this.commands.execute(new NoOpCommand(target, sku, addition, minimal));
  }
}

/** A route that does nothing, to compare with. */
@Module({ controllers: [NoOpController], providers: [NoOpHandler] })
export class NoOpModule {}
