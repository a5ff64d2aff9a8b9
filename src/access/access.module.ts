import { Module, type DynamicModule } from '@nestjs/common';
import { Access } from './access.js';
import { CartTokens } from './cart-tokens.js';

/** Who calls, and the tokens of guests' carts. The guards stand in the pipeline of requests. */
@Module({
  providers: [{ provide: CartTokens, inject: [Access], useFactory: ({ cartTokens }: Access) => cartTokens }],
  exports: [Access, CartTokens],
})
export class AccessModule {
  static forRoot(access: Access): DynamicModule {
    return { module: AccessModule, global: true, providers: [{ provide: Access, useValue: access }] };
  }
}
