import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../access/caller.js';
import { CurrentCaller } from '../../access/current-caller.js';
import { MayCall } from '../../access/may-call.js';
import { ApiProblems } from '../../http/openapi/problems.js';
import type { CartTarget } from '../write-side/cart-writer.js';
import { FindCartsQuery } from '../queries/find-carts.query.js';
import { GetCartEventsQuery } from '../queries/get-cart-events.query.js';
import { CartEventsDto, cartEventsDto, CartEventsQueryDto } from './cart-events.dto.js';
import { Target } from './cart-request.js';
import { ApiAnswer, ApiOfCart } from './cart.docs.js';
import { EXAMPLES } from './cart.examples.js';
import { CartPageDto, cartPageDto, filterOf, FindCartsDto } from './find-carts.dto.js';

/** Records of carts: the list for staff, and the history of one cart. */
@ApiTags('Carts')
@Controller('carts')
export class CartRecordsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @MayCall('admin', 'service')
  @ApiOperation({ summary: 'Search carts, newest first.' })
  @ApiProblems('VIEW_BEHIND')
  @ApiAnswer(200, CartPageDto, 'A page of carts.', EXAMPLES.carts)
  async find(@Query() query: FindCartsDto): Promise<CartPageDto> {
    const { cursor, limit } = query;
    return cartPageDto(await this.queries.execute(new FindCartsQuery(filterOf(query), cursor, limit)));
  }

  @Get(':cartId/events')
  @MayCall('guest', 'customer', 'admin', 'service')
  @ApiOfCart('Get the history of a cart: what happened, and who did it.')
  @ApiAnswer(200, CartEventsDto, 'Some of its events, oldest first.', EXAMPLES.events)
  async events(
    @Target() target: CartTarget,
    @Query() { after, limit }: CartEventsQueryDto,
    @CurrentCaller() reader: Caller,
  ): Promise<CartEventsDto> {
    return cartEventsDto(await this.queries.execute(new GetCartEventsQuery(target, after, limit)), reader);
  }
}
