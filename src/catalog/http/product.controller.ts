import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { MayCall } from '../../access/may-call.js';
import type { VersionCondition } from '../../event-sourcing/index.js';
import {
  ChangeCondition,
  IfChanged,
  replyIfChanged,
  type ReadCondition,
} from '../../http/headers/conditions.js';
import { versionTag } from '../../http/headers/etag.js';
import { ApiChangeConditions, ApiReadConditions } from '../../http/openapi/conditions.js';
import { ApiProblems } from '../../http/openapi/problems.js';
import { HttpProblem } from '../../http/problems/problem.js';
import { HttpRoute } from '../../http/server/route-options.js';
import { Nothing } from '../../http/validation/validation.js';
import { ImportProductsCommand } from '../commands/import-products.command.js';
import { PutProductCommand } from '../commands/put-product.command.js';
import { FindProductsQuery } from '../queries/find-products.query.js';
import { GetProductQuery } from '../queries/get-product.query.js';
import {
  FindProductsDto,
  ImportProductsDto,
  ImportResultDto,
  ProductDto,
  productDto,
  productOf,
  ProductPageDto,
  productPageDto,
  productsOf,
  PutProductDto,
} from './product.dto.js';
import { EXAMPLES } from './product.examples.js';
import { isSku, malformedSku, SKU_PARAM } from './sku-param.js';

const IMPORT_BODY_LIMIT_BYTES = 2 * 1024 * 1024;
const ETAG = {
  ETag: {
    description: 'The version.',
    required: true,
    schema: { type: 'string' as const, pattern: '^"\\d+"$', example: '"3"' },
  },
};

/** Documents a product as the answer. */
function ApiProduct(status: number, description: string): MethodDecorator {
  return ApiResponse({ status, type: ProductDto, description, example: EXAMPLES.product, headers: ETAG });
}

/** The catalogue. */
@ApiTags('Catalogue')
@Controller('products')
export class ProductController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Put(':sku')
  @MayCall('admin', 'service')
  @ApiOperation({ summary: 'Register a product, or change it to be exactly like this.' })
  @ApiParam(SKU_PARAM)
  @ApiBody({ type: PutProductDto, examples: { mug: { value: EXAMPLES.put } } })
  @ApiProduct(201, 'A new product.')
  @ApiProduct(200, 'The product existed.')
  @ApiChangeConditions()
  @ApiProblems('AMOUNT_OUT_OF_RANGE', 'TOO_MUCH_CONTENTION')
  async put(
    @Param('sku') sku: string,
    @ChangeCondition() condition: VersionCondition,
    @Body() body: PutProductDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProductDto> {
    if (!isSku(sku)) throw malformedSku();
    const { product, created } = await this.commands.execute(
      new PutProductCommand(productOf(sku, body), condition),
    );
    reply.code(created ? 201 : 200).header('etag', versionTag(product.version));
    return productDto(product);
  }

  @Get(':sku')
  @MayCall('anybody')
  @ApiOperation({ summary: 'Get a product.' })
  @ApiParam(SKU_PARAM)
  @ApiProduct(200, 'The product.')
  @ApiReadConditions(ETAG)
  @ApiProblems('VALIDATION_FAILED', 'PRODUCT_NOT_FOUND')
  async get(
    @Query() _nothing: Nothing,
    @Param('sku') sku: string,
    @IfChanged() condition: ReadCondition,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProductDto | undefined> {
    if (!isSku(sku)) throw new HttpProblem('PRODUCT_NOT_FOUND', 'No product can have this SKU.');
    const product = await this.queries.execute(new GetProductQuery(sku));
    const { version } = product;
    const body = () => productDto(product);
    return replyIfChanged(reply, { version, tag: versionTag(version), body }, condition);
  }

  @Get()
  @MayCall('anybody')
  @ApiOperation({ summary: 'List products by SKU.' })
  @ApiResponse({ status: 200, type: ProductPageDto, description: 'A page.', example: EXAMPLES.page })
  async list(@Query() { cursor, limit }: FindProductsDto): Promise<ProductPageDto> {
    return productPageDto(await this.queries.execute(new FindProductsQuery(cursor?.sku, limit)));
  }

  @Post('imports')
  @MayCall('admin', 'service')
  @HttpCode(200)
  @HttpRoute({ bodyLimit: IMPORT_BODY_LIMIT_BYTES })
  @ApiOperation({ summary: 'Register or change many products, all or none.' })
  @ApiBody({ type: ImportProductsDto, examples: { mugs: { value: EXAMPLES.import } } })
  @ApiResponse({ status: 200, type: ImportResultDto, description: 'All are in.', example: EXAMPLES.imported })
  @ApiProblems('AMOUNT_OUT_OF_RANGE', 'TOO_MUCH_CONTENTION')
  async import(@Body() body: ImportProductsDto): Promise<ImportResultDto> {
    return this.commands.execute(new ImportProductsCommand(productsOf(body)));
  }
}
