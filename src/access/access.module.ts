import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { Access } from './access.js';
import { CartTokens } from './cart-tokens.js';

/** Who may do what. Its guard stands before every route of the service. */
@Module({
  providers: [
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: CartTokens, inject: [Access], useFactory: ({ cartTokens }: Access) => cartTokens },
  ],
  exports: [Access, CartTokens],
})
export class AccessModule {
  static forRoot(access: Access): DynamicModule {
    return { module: AccessModule, global: true, providers: [{ provide: Access, useValue: access }] };
  }
}
