import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../access/caller.js';
import { CartTokens } from '../../access/cart-tokens.js';
import { CurrentCaller } from '../../access/current-caller.js';
import { MayCall } from '../../access/may-call.js';
import { IfChanged, type ReadCondition } from '../../http/headers/conditions.js';
import { newId } from '../../http/server/new-id.js';
import { ApiProblems } from '../../http/openapi/problems.js';
import { Nothing } from '../../http/validation/validation.js';
import type { CartTarget } from '../write-side/cart-writer.js';
import { DiscardCartCommand } from '../commands/discard-cart.command.js';
import { OpenCartCommand } from '../commands/open-cart.command.js';
import { RepriceCartCommand } from '../commands/reprice-cart.command.js';
import { GetCartQuery } from '../queries/get-cart.query.js';
import { GetPastCartQuery } from '../queries/get-past-cart.query.js';
import { Reply, type CartReply, type ChangedCart } from './cart-reply.js';
import { MinVersion, Target } from './cart-request.js';
import { ApiCartAnswer, ApiCartChange, ApiCartLook } from './cart.docs.js';
import { CartDto, OpenCartDto } from './cart.dto.js';
import { CART_ID, EXAMPLES } from './cart.examples.js';
import { GetCartDto, pastOf } from './get-cart.dto.js';

const LOCATION = {
  Location: {
    description: 'Its path.',
    required: true,
    schema: { type: 'string' as const, format: 'uri-reference', example: `/v1/carts/${CART_ID}` },
  },
};

/** Carts as a whole. */
@ApiTags('Carts')
@Controller('carts')
export class CartController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly tokens: CartTokens,
  ) {}

  @Post()
  @MayCall('anybody', 'customer')
  @ApiOperation({
    summary: 'Open a cart, optionally with items.',
    description:
      "With a customer's JWT the cart is the customer's, who has at most one open cart; without it is a guest's.",
  })
  @ApiBody({ type: OpenCartDto, examples: { mug: { value: EXAMPLES.opening } } })
  @ApiCartAnswer(201, 'A new cart.', LOCATION, EXAMPLES.guestCart, EXAMPLES.guestVersion)
  @ApiProblems('PRODUCT_NOT_FOUND', 'PRODUCT_NOT_SELLABLE', 'CURRENCY_MISMATCH', 'QUANTITY_OUT_OF_RANGE')
  @ApiProblems('ITEM_LIMIT_REACHED', 'AMOUNT_OUT_OF_RANGE', 'ACTIVE_CART_EXISTS', 'TOO_MUCH_CONTENTION')
  async open(
    @Body() { currency, items = [] }: OpenCartDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: CartReply,
  ): Promise<ChangedCart> {
    const cartId = newId();
    const customerId = caller.type === 'customer' ? caller.id : null;
    const additions = items.map(({ sku, quantity, options = {} }) => {
      return { itemId: newId(), sku, quantity, options };
    });
    const answer = await this.commands.execute(new OpenCartCommand(cartId, currency, customerId, additions));
    // A repeated request gets the cart of the first one, so the id is not always `cartId`.
    const { id, customerId: owner } = answer.cart;
    const body = reply.opened(answer);
    return owner === null ? Object.assign(body, { token: this.tokens.tokenOf(id) }) : body;
  }

  @Get(':cartId')
  @MayCall('guest', 'customer', 'admin', 'service')
  @ApiCartLook('Get a cart as it is, or as it was at a version or a time.', CartDto, EXAMPLES.cart)
  async get(
    @Target() target: CartTarget,
    @Query() query: GetCartDto,
    @MinVersion() minVersion: number | undefined,
    @IfChanged() condition: ReadCondition,
    @Reply() reply: CartReply,
  ): Promise<string | undefined> {
    const past = pastOf(query);
    const answer =
      past === undefined
        ? await this.queries.execute(new GetCartQuery(target, minVersion))
        : { cart: await this.queries.execute(new GetPastCartQuery(target, past, minVersion)), notices: [] };
    return reply.shown(answer, condition);
  }

  @Delete(':cartId')
  @MayCall('guest', 'customer', 'admin', 'service')
  @HttpCode(204)
  @ApiCartChange('Discard a cart. Its history stays; a repeat changes nothing.')
  @ApiResponse({ status: 204, description: 'The cart is discarded.' })
  async discard(@Target() target: CartTarget): Promise<void> {
    await this.commands.execute(new DiscardCartCommand(target));
  }

  @Post(':cartId/repricings')
  @MayCall('guest', 'customer', 'admin', 'service')
  @HttpCode(200)
  @ApiCartChange("Give all items today's prices and names.", 'AMOUNT_OUT_OF_RANGE')
  @ApiBody({ type: Nothing, required: false, examples: { nothing: { value: {} } } })
  @ApiCartAnswer(200, 'The cart. Items that cannot be bought at present are unchanged.')
  async reprice(
    @Body() _nothing: Nothing,
    @Target() target: CartTarget,
    @Reply() reply: CartReply,
  ): Promise<ChangedCart> {
    return reply.changed(await this.commands.execute(new RepriceCartCommand(target)));
  }
}
