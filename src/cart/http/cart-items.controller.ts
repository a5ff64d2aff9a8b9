import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { MayCall } from '../../access/may-call.js';
import { newId } from '../../http/server/new-id.js';
import { IfChanged, replyIfChanged, type LookCondition } from '../../http/headers/conditions.js';
import { versionTag } from '../../http/headers/etag.js';
import { ApiProblems } from '../../http/openapi/problems.js';
import { Nothing } from '../../http/validation/validation.js';
import type { CartTarget } from '../write-side/cart-writer.js';
import { AddItemCommand } from '../commands/add-item.command.js';
import { ChangeItemsCommand } from '../commands/change-items.command.js';
import { ChangeQuantityCommand } from '../commands/change-quantity.command.js';
import { ClearCartCommand } from '../commands/clear-cart.command.js';
import { RemoveItemCommand } from '../commands/remove-item.command.js';
import { GetCartItemsQuery } from '../queries/get-cart-items.query.js';
import { AddItemDto } from './add-item.dto.js';
import { hasNewItem, replyAfterChange } from './cart-reply.js';
import { IdPipe, Minimal, MinVersion, Target } from './cart-request.js';
import { ApiCartAnswer, ApiCartChange, ApiCartLook } from './cart.docs.js';
import { itemDtos, ItemsDto, type CartDto, type CartVersionDto } from './cart.dto.js';
import { EXAMPLES, ITEM_ID } from './cart.examples.js';
import { ChangeItemsDto, operationOf } from './change-items.dto.js';
import { ChangeQuantityDto } from './change-quantity.dto.js';

const ITEM_PARAM = { name: 'itemId', schema: { type: 'string' as const, format: 'uuid', example: ITEM_ID } };
const ADD_REFUSALS = [
  'PRODUCT_NOT_FOUND',
  'PRODUCT_NOT_SELLABLE',
  'CURRENCY_MISMATCH',
  'QUANTITY_OUT_OF_RANGE',
  'ITEM_LIMIT_REACHED',
  'AMOUNT_OUT_OF_RANGE',
] as const;

/** What is in a cart. */
@ApiTags('Carts')
@MayCall('guest', 'customer', 'admin', 'service')
@Controller('carts/:cartId/items')
export class CartItemsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiCartLook('Look at what is in a cart.', ItemsDto, EXAMPLES.items)
  @ApiProblems('VALIDATION_FAILED')
  async get(
    @Target() target: CartTarget,
    @Query() _nothing: Nothing,
    @MinVersion() minVersion: number | undefined,
    @IfChanged() condition: LookCondition,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ItemsDto | undefined> {
    const { version, items, currency } = await this.queries.execute(
      new GetCartItemsQuery(target, minVersion),
    );
    const body = () => ({ items: itemDtos(items, currency) });
    return replyIfChanged(reply, { version, tag: versionTag(version), body }, condition);
  }

  @Post()
  @ApiCartChange("Add a product, at the catalogue's price.", ...ADD_REFUSALS)
  @ApiBody({ type: AddItemDto, examples: { mug: { value: EXAMPLES.addition } } })
  @ApiCartAnswer(201, 'The cart with a new item.')
  @ApiCartAnswer(200, 'The item was there: quantities add up, and all of it takes the newest price.')
  async add(
    @Body() { sku, quantity, options = {} }: AddItemDto,
    @Target() target: CartTarget,
    @Minimal() minimal: boolean,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CartDto | CartVersionDto> {
    const addition = { itemId: newId(), quantity, options };
    const answer = await this.commands.execute(new AddItemCommand(target, sku, addition));
    reply.code(hasNewItem(answer, sku, addition) ? 201 : 200);
    return replyAfterChange(reply, answer, minimal);
  }

  @Patch()
  @ApiCartChange('Change many items, one after the other, all or none.', 'ITEM_NOT_FOUND', ...ADD_REFUSALS)
  @ApiBody({ type: ChangeItemsDto, examples: { operations: { value: EXAMPLES.operations } } })
  @ApiCartAnswer(200, 'The cart with all of the changes.')
  async change(
    @Body() { operations }: ChangeItemsDto,
    @Target() target: CartTarget,
    @Minimal() minimal: boolean,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CartDto | CartVersionDto> {
    const command = new ChangeItemsCommand(target, operations.map(operationOf));
    return replyAfterChange(reply, await this.commands.execute(command), minimal);
  }

  @Delete()
  @ApiCartChange('Take everything out.')
  @ApiCartAnswer(200, 'The cart, empty.', {}, EXAMPLES.emptyCart)
  async clear(
    @Target() target: CartTarget,
    @Minimal() minimal: boolean,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CartDto | CartVersionDto> {
    return replyAfterChange(reply, await this.commands.execute(new ClearCartCommand(target)), minimal);
  }

  @Patch(':itemId')
  @ApiCartChange('Change the quantity of an item.', 'ITEM_NOT_FOUND')
  @ApiProblems('QUANTITY_OUT_OF_RANGE', 'AMOUNT_OUT_OF_RANGE')
  @ApiParam(ITEM_PARAM)
  @ApiBody({ type: ChangeQuantityDto, examples: { three: { value: { quantity: 3 } } } })
  @ApiCartAnswer(200, 'The cart; 0 has removed the item, the same quantity has changed nothing.')
  async changeQuantity(
    @Body() { quantity }: ChangeQuantityDto,
    @Target() target: CartTarget,
    @Param('itemId', IdPipe) itemId: string,
    @Minimal() minimal: boolean,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CartDto | CartVersionDto> {
    const command = new ChangeQuantityCommand(target, itemId, quantity);
    return replyAfterChange(reply, await this.commands.execute(command), minimal);
  }

  @Delete(':itemId')
  @ApiCartChange('Take an item out.', 'ITEM_NOT_FOUND')
  @ApiParam(ITEM_PARAM)
  @ApiCartAnswer(200, 'The cart without it.')
  async remove(
    @Target() target: CartTarget,
    @Param('itemId', IdPipe) itemId: string,
    @Minimal() minimal: boolean,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CartDto | CartVersionDto> {
    const command = new RemoveItemCommand(target, itemId);
    return replyAfterChange(reply, await this.commands.execute(command), minimal);
  }
}
