import { Body, Controller, Delete, Get, HttpStatus, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiParam, ApiTags } from '@nestjs/swagger';
import { MayCall } from '../../access/may-call.js';
import { newId } from '../../http/server/new-id.js';
import { IfChanged, type ReadCondition } from '../../http/headers/conditions.js';
import { ApiProblems } from '../../http/openapi/problems.js';
import { Nothing } from '../../http/validation/validation.js';
import type { CartTarget } from '../write-side/cart-writer.js';
import { AddItemCommand } from '../commands/add-item.command.js';
import { ChangeItemsCommand } from '../commands/change-items.command.js';
import { ChangeQuantityCommand } from '../commands/change-quantity.command.js';
import { ClearCartCommand } from '../commands/clear-cart.command.js';
import { RemoveItemCommand } from '../commands/remove-item.command.js';
import { GetCartItemsQuery } from '../queries/get-cart-items.query.js';
import { Reply, type CartReply, type ChangedCart } from './cart-reply.js';
import { IdPipe, MinVersion, Target } from './cart-request.js';
import { ApiCartAnswer, ApiCartChange, ApiCartLook } from './cart.docs.js';
import { EXAMPLES, ITEM_ID } from './cart.examples.js';
import { ChangeItemsDto, operationOf } from './change-items.dto.js';
import { AddItemDto, ChangeQuantityDto, ItemsDto } from './item.dto.js';

const ITEM_PARAM = { name: 'itemId', schema: { type: 'string' as const, format: 'uuid', example: ITEM_ID } };
const ADD_REFUSALS = [
  'PRODUCT_NOT_FOUND',
  'PRODUCT_NOT_SELLABLE',
  'CURRENCY_MISMATCH',
  'QUANTITY_OUT_OF_RANGE',
  'ITEM_LIMIT_REACHED',
  'AMOUNT_OUT_OF_RANGE',
] as const;

/** The items of a cart. */
@ApiTags('Carts')
@MayCall('guest', 'customer', 'admin', 'service')
@Controller('carts/:cartId/items')
export class CartItemsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiCartLook('Get the items of a cart.', ItemsDto, EXAMPLES.items)
  @ApiProblems('VALIDATION_FAILED')
  async get(
    @Target() target: CartTarget,
    @Query() _nothing: Nothing,
    @MinVersion() minVersion: number | undefined,
    @IfChanged() condition: ReadCondition,
    @Reply() reply: CartReply,
  ): Promise<ItemsDto | undefined> {
    return reply.shownItems(await this.queries.execute(new GetCartItemsQuery(target, minVersion)), condition);
  }

  @Post()
  @ApiCartChange("Add a product, at the catalogue's price.", ...ADD_REFUSALS)
  @ApiBody({ type: AddItemDto, examples: { mug: { value: EXAMPLES.addition } } })
  @ApiCartAnswer(201, 'The cart with a new item.')
  @ApiCartAnswer(200, 'The item existed: quantities add up, and the whole item takes the newest price.')
  async add(
    @Body() { sku, quantity, options = {} }: AddItemDto,
    @Target() target: CartTarget,
    @Reply() reply: CartReply,
  ): Promise<ChangedCart> {
    const addition = { itemId: newId(), quantity, options };
    const answer = await this.commands.execute(new AddItemCommand(target, sku, addition));
    return reply.changed(answer, answer.isNew ? HttpStatus.CREATED : HttpStatus.OK);
  }

  @Patch()
  @ApiCartChange('Change many items, one after the other, all or none.', 'ITEM_NOT_FOUND', ...ADD_REFUSALS)
  @ApiBody({ type: ChangeItemsDto, examples: { operations: { value: EXAMPLES.operations } } })
  @ApiCartAnswer(200, 'The cart with all of the changes.')
  async change(
    @Body() { operations }: ChangeItemsDto,
    @Target() target: CartTarget,
    @Reply() reply: CartReply,
  ): Promise<ChangedCart> {
    const command = new ChangeItemsCommand(target, operations.map(operationOf));
    return reply.changed(await this.commands.execute(command));
  }

  @Delete()
  @ApiCartChange('Remove all items.')
  @ApiCartAnswer(200, 'The cart, empty.', {}, EXAMPLES.emptyCart)
  async clear(@Target() target: CartTarget, @Reply() reply: CartReply): Promise<ChangedCart> {
    return reply.changed(await this.commands.execute(new ClearCartCommand(target)));
  }

  @Patch(':itemId')
  @ApiCartChange('Change the quantity of an item.', 'ITEM_NOT_FOUND')
  @ApiProblems('QUANTITY_OUT_OF_RANGE', 'AMOUNT_OUT_OF_RANGE')
  @ApiParam(ITEM_PARAM)
  @ApiBody({ type: ChangeQuantityDto, examples: { three: { value: { quantity: 3 } } } })
  @ApiCartAnswer(200, 'The cart. 0 removes the item; the same quantity changes nothing.')
  async changeQuantity(
    @Body() { quantity }: ChangeQuantityDto,
    @Target() target: CartTarget,
    @Param('itemId', IdPipe) itemId: string,
    @Reply() reply: CartReply,
  ): Promise<ChangedCart> {
    const command = new ChangeQuantityCommand(target, itemId, quantity);
    return reply.changed(await this.commands.execute(command));
  }

  @Delete(':itemId')
  @ApiCartChange('Remove an item.', 'ITEM_NOT_FOUND')
  @ApiParam(ITEM_PARAM)
  @ApiCartAnswer(200, 'The cart without it.')
  async remove(
    @Target() target: CartTarget,
    @Param('itemId', IdPipe) itemId: string,
    @Reply() reply: CartReply,
  ): Promise<ChangedCart> {
    const command = new RemoveItemCommand(target, itemId);
    return reply.changed(await this.commands.execute(command));
  }
}
