import { Body, Controller, HttpCode, Post, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiOperation, ApiResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { CustomerId } from '../../access/current-caller.js';
import { MayCall } from '../../access/may-call.js';
import type { VersionCondition } from '../../event-sourcing/index.js';
import { ChangeCondition } from '../../http/headers/conditions.js';
import { newId } from '../../http/server/new-id.js';
import { ApiChangeConditions } from '../../http/openapi/conditions.js';
import { ApiProblems } from '../../http/openapi/problems.js';
import { Nothing } from '../../http/validation/validation.js';
import type { CartTarget } from '../write-side/cart-writer.js';
import { ClaimCartCommand } from '../commands/claim-cart.command.js';
import { ProvideCartCommand } from '../commands/provide-cart.command.js';
import { Reply, type CartReply, type ChangedCart } from './cart-reply.js';
import { Target } from './cart-request.js';
import { ApiCartAnswer, ApiCartChange } from './cart.docs.js';
import { MyCartDto } from './cart.dto.js';
import { CUSTOMER_EXAMPLES } from './customer-cart.examples.js';
import { ClaimDto, claimDto } from './claim.dto.js';

const { claims, newCart, newVersion, ownCart, ownVersion } = CUSTOMER_EXAMPLES;

/** The one open cart of a customer, and claims of guests' carts. */
@ApiTags('Carts')
@MayCall('customer')
@Controller()
export class CustomerCartController {
  constructor(private readonly commands: CommandBus) {}

  @Post('carts/:cartId/claims')
  @HttpCode(200)
  @ApiSecurity({ customer: [], cartToken: [] })
  @ApiCartChange("Make a guest's cart yours, or merge it into your open cart.", 'CURRENCY_MISMATCH')
  @ApiBody({ type: Nothing, required: false, examples: { nothing: { value: {} } } })
  @ApiResponse({
    status: 200,
    type: ClaimDto,
    description: 'Your cart, and the items that were merged into it. A repeat gives the same answer.',
    examples: claims,
  })
  async claim(
    @Body() _nothing: Nothing,
    @Target() target: CartTarget,
    @CustomerId() customerId: string,
  ): Promise<ClaimDto> {
    return claimDto(await this.commands.execute(new ClaimCartCommand(target, customerId)));
  }

  @Put('me/cart')
  @ApiOperation({
    summary: 'Get your open cart, or open one.',
    description: 'An open cart is returned as it is, in any currency.',
  })
  @ApiBody({ type: MyCartDto, examples: { euros: { value: { currency: 'EUR' } } } })
  @ApiCartAnswer(200, 'The open cart.', {}, ownCart, ownVersion)
  @ApiCartAnswer(
    201,
    'A new cart.',
    { Location: { description: 'Its path.', schema: { type: 'string' } } },
    newCart,
    newVersion,
  )
  @ApiChangeConditions()
  @ApiProblems('TOO_MUCH_CONTENTION')
  async provide(
    @Body() { currency }: MyCartDto,
    @CustomerId() customerId: string,
    @ChangeCondition() condition: VersionCondition,
    @Reply() reply: CartReply,
  ): Promise<ChangedCart> {
    const answer = await this.commands.execute(
      new ProvideCartCommand(customerId, newId(), currency, condition),
    );
    return answer.isNew ? reply.opened(answer) : reply.changed(answer);
  }
}
