import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { IsNotBlank, IsText, MayBeAbsent } from '../../http/validation/fields.js';
import { CursorCodec, cursorValue } from '../../http/validation/cursor.js';
import { IsMoney, MoneyDto, ShownMoneyDto } from '../../http/validation/money.dto.js';
import { IsListOf } from '../../http/validation/nested-fields.js';
import { pageQuery } from '../../http/validation/pagination.js';
import { HttpProblem } from '../../http/problems/problem.js';
import type { Product } from '../port/catalog.port.js';
import type { ProductContent } from '../domain/product-content.js';
import { isSku, IsSku } from '../port/sku.port.js';
import type { ProductPage } from '../queries/find-products.query.js';

// Validation sets every required field of a request, and answers are never constructed, hence each `!`.

const MAX_NAME = 200;
const MAX_PRODUCTS = 1_000;

const cursors = new CursorCodec<{ sku: string }>({ sku: cursorValue(isSku) });

/** Query string of `GET /products`. */
export class FindProductsDto extends pageQuery(cursors) {}

/** Body of `PUT /products/{sku}`. */
export class PutProductDto {
  @ApiProperty({ example: 'Mug, 300 ml' })
  @IsNotBlank()
  @IsText(1, MAX_NAME)
  name!: string;

  @ApiProperty({ description: 'Not negative.' })
  @IsMoney()
  price!: MoneyDto;

  // No `default` in the schema: client generators would then require the field.
  @ApiPropertyOptional({ description: 'Whether it is for sale. True if omitted.' })
  @MayBeAbsent()
  @IsBoolean()
  active?: boolean;
}

/** A product of an import. */
export class ImportedProductDto extends PutProductDto {
  @ApiProperty({ example: 'MUG-1' })
  @IsSku()
  sku!: string;
}

/** Body of `POST /products/imports`. */
export class ImportProductsDto {
  @ApiProperty({ type: [ImportedProductDto], description: 'Each SKU once.' })
  @IsListOf(ImportedProductDto, { max: MAX_PRODUCTS })
  products!: ImportedProductDto[];
}

/** The outcome of an import. */
export class ImportResultDto {
  @ApiProperty({ type: 'integer' })
  created!: number;

  @ApiProperty({ type: 'integer' })
  updated!: number;

  @ApiProperty({ type: 'integer' })
  unchanged!: number;
}

/** A product. */
export class ProductDto implements ProductContent {
  @ApiProperty()
  sku!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  price!: ShownMoneyDto;

  @ApiProperty()
  active!: boolean;

  @ApiProperty({ type: 'integer', minimum: 1 })
  version!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

/** A page of products, by SKU. */
export class ProductPageDto {
  @ApiProperty({ type: [ProductDto] })
  products!: ProductDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Null at the end.' })
  nextCursor!: string | null;
}

/** The product that a body describes. */
export function productOf(sku: string, { name, price, active = true }: PutProductDto): Product {
  return { sku, name, price: { amount: price.amount, currency: price.currency }, active };
}

/** @throws HttpProblem `VALIDATION_FAILED` if a SKU occurs twice */
export function productsOf({ products }: ImportProductsDto): Product[] {
  const seen = new Set<string>();
  return products.map((product, index) => {
    if (seen.has(product.sku)) {
      const message = 'must not be the SKU of another product of the list';
      throw new HttpProblem('VALIDATION_FAILED', `The SKU "${product.sku}" is there twice.`, {
        errors: [{ pointer: `/products/${index}/sku`, code: 'IS_UNIQUE', message }],
      });
    }
    seen.add(product.sku);
    return productOf(product.sku, product);
  });
}

/** A product as clients see it. */
export function productDto({ sku, name, price, active, version, updatedAt }: ProductContent): ProductDto {
  return { sku, name, price, active, version, updatedAt };
}

/** A page as clients see it. */
export function productPageDto({ products, next }: ProductPage): ProductPageDto {
  return {
    products: products.map(productDto),
    nextCursor: next === null ? null : cursors.encode({ sku: next }),
  };
}
