import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Equals } from 'class-validator';
import { newId } from '../../event-sourcing/index.js';
import { IsText } from '../../http/validation/fields.js';
import { IsListOf } from '../../http/validation/nested-fields.js';
import type { ItemOperation } from '../commands/change-items.command.js';
import { knownForm } from './cart-request.js';
import { AddItemDto, ChangeQuantityDto } from './item.dto.js';

// Validation sets every required field, hence each `!`.

const MAX_OPERATIONS = 100;
/** Longer than any id. An id is not validated here: a malformed one is simply not found. */
const MAX_ID_CHARACTERS = 256;

export class AddOperationDto extends AddItemDto {
  @ApiProperty({ enum: ['add'] })
  @Equals('add')
  op!: 'add';
}

export class ChangeOperationDto extends ChangeQuantityDto {
  @ApiProperty({ enum: ['change'] })
  @Equals('change')
  op!: 'change';

  @IsText(1, MAX_ID_CHARACTERS, { format: 'uuid' })
  itemId!: string;
}

export class RemoveOperationDto {
  @ApiProperty({ enum: ['remove'] })
  @Equals('remove')
  op!: 'remove';

  @IsText(1, MAX_ID_CHARACTERS, { format: 'uuid' })
  itemId!: string;
}

const SHAPES = { add: AddOperationDto, change: ChangeOperationDto, remove: RemoveOperationDto };

type OperationDto = AddOperationDto | ChangeOperationDto | RemoveOperationDto;

/** Body of `PATCH /carts/{cartId}/items`. */
@ApiExtraModels(AddOperationDto, ChangeOperationDto, RemoveOperationDto)
export class ChangeItemsDto {
  @ApiProperty({
    type: 'array',
    items: {
      oneOf: Object.values(SHAPES).map((shape) => ({ $ref: getSchemaPath(shape) })),
      discriminator: {
        propertyName: 'op',
        mapping: Object.fromEntries(Object.entries(SHAPES).map(([op, shape]) => [op, getSchemaPath(shape)])),
      },
    },
  })
  @IsListOf({ by: 'op', shapes: SHAPES }, { min: 1, max: MAX_OPERATIONS })
  operations!: OperationDto[];
}

/** The operation of a body. An addition gets an id in case its item is new. */
export function operationOf(dto: OperationDto): ItemOperation {
  switch (dto.op) {
    case 'add': {
      const { op, sku, quantity, options = {} } = dto;
      return { op, sku, addition: { itemId: newId(), quantity, options } };
    }
    case 'change':
      return { op: dto.op, itemId: knownForm(dto.itemId), quantity: dto.quantity };
    case 'remove':
      return { op: dto.op, itemId: knownForm(dto.itemId) };
  }
}
