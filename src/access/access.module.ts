import { Module, type DynamicModule } from '@nestjs/common';
import { Access } from './access.js';
import { CartTokens } from './cart-tokens.js';

/** Provides `Access` and the tokens of guests' carts. `createApp` adds the guards to the pipeline. */
@Module({
  providers: [{ provide: CartTokens, inject: [Access], useFactory: ({ cartTokens }: Access) => cartTokens }],
  exports: [Access, CartTokens],
})
export class AccessModule {
  static forRoot(access: Access): DynamicModule {
    return { module: AccessModule, global: true, providers: [{ provide: Access, useValue: access }] };
  }
}
