import type { FactoryProvider } from '@nestjs/common';

type AnyClass<T = unknown> = abstract new (...parameters: never[]) => T;

/** The instances that Nest injects for these classes, in order. */
type Instances<Classes extends readonly AnyClass[]> = {
  readonly [Index in keyof Classes]: InstanceType<Classes[Index]>;
};

/**
 * A provider of a plain class, which needs no decorators of Nest.
 * @param inject classes of the dependencies. The compiler takes the types of the parameters of `useFactory` from them
 */
export function provide<T, const Classes extends readonly AnyClass[]>(
  provided: AnyClass<T>,
  inject: Classes,
  useFactory: (...dependencies: Instances<Classes>) => T | Promise<T>,
): FactoryProvider<T> {
  return { provide: provided, inject: [...inject], useFactory };
}
