import { IsOptions } from '../../src/cart/http/is-options.js';
import { isSku, IsSku } from '../../src/catalog/port/sku.port.js';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt } from 'class-validator';
import { CursorCodec, cursorValue } from '../../src/http/validation/cursor.js';
import { IsText, MayBeAbsent, PlainObject } from '../../src/http/validation/fields.js';
import { IsMoney, MoneyDto } from '../../src/http/validation/money.dto.js';
import { IsListOf } from '../../src/http/validation/nested-fields.js';
import { pageQuery } from '../../src/http/validation/pagination.js';

// Validation has every field set that has to be, hence each `!`.

export const thingCursors = new CursorCodec<{ sku: string }>({ sku: cursorValue(isSku) });

export class FindThingsDto extends pageQuery(thingCursors) {}

export class ThingDto {
  @ApiProperty()
  @IsSku()
  sku!: string;

  @ApiProperty()
  @IsInt()
  quantity!: number;

  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  @MayBeAbsent()
  @IsOptions()
  options?: Record<string, string>;

  @ApiPropertyOptional()
  @MayBeAbsent()
  @IsMoney()
  price?: MoneyDto;

  @ApiPropertyOptional()
  @MayBeAbsent()
  @PlainObject()
  payload?: unknown;
}

export class ImportDto {
  @ApiProperty({ type: () => [ThingDto] })
  @IsListOf(ThingDto, { min: 1, max: 1000 })
  things!: ThingDto[];
}

export class AddPart {
  @IsText(3, 3)
  op!: 'add';

  @IsSku()
  sku!: string;
}

export class RemovePart {
  @IsText(6, 6)
  op!: 'remove';

  @IsText(1, 36)
  partId!: string;
}

export class PartsDto {
  @ApiProperty({ type: () => [AddPart] })
  @IsListOf({ by: 'op', shapes: { add: AddPart, remove: RemovePart } }, { min: 1, max: 100 })
  operations!: (AddPart | RemovePart)[];
}
