import { ApiProperty } from '@nestjs/swagger';
import type { ClaimAnswer } from '../commands/claim-cart.command.js';
import type { ItemOptions } from '../domain/cart.events.js';
import type { MergedItem } from '../domain/merge.js';
import { CartDto, cartDto } from './cart.dto.js';

// Answers are never constructed, hence each `!`.

const COUNT = { type: 'integer', minimum: 0 } as const;

/** What a merge did with one item of the merged cart. */
export class MergedItemDto implements MergedItem {
  @ApiProperty()
  sku!: string;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  options!: ItemOptions;

  @ApiProperty({ ...COUNT, description: "Its quantity in the guest's cart." })
  from!: number;

  @ApiProperty({ ...COUNT, description: "Its quantity in the customer's cart before." })
  into!: number;

  @ApiProperty({
    ...COUNT,
    description: 'Its quantity there afterwards: less than the sum if that did not fit.',
  })
  result!: number;
}

/** The outcome of a claim. */
export class ClaimDto {
  @ApiProperty({ description: "The customer's cart right after the claim." })
  cart!: CartDto;

  @ApiProperty({
    type: [MergedItemDto],
    description: "Empty if the cart itself became the customer's.",
  })
  merged!: MergedItemDto[];
}

/** A claim as clients see it. */
export function claimDto(answer: ClaimAnswer): ClaimDto {
  const merged = answer.merged.map(({ sku, options, from, into, result }) => {
    return { sku, options, from, into, result };
  });
  return { cart: cartDto(answer), merged };
}
