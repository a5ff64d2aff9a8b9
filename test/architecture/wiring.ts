import 'reflect-metadata';
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { DynamicModule, FactoryProvider } from '@nestjs/common';
import { DurableCqrsModule, type FeatureDefinitions } from '../../src/event-sourcing/index.js';
import { sourcesIn } from './files.js';

type Class = abstract new (...parameters: never[]) => object;

/** The module that `forFeature` gives. */
const FEATURE = DurableCqrsModule.forFeature({ events: [] }).module;

/** What a module lists, by the keys under which Nest keeps it. */
const KINDS = {
  providers: /\.(command|query|projection|saga|handler)\.ts$/,
  controllers: /\.controller\.ts$/,
} as const;

/** What the decorators of Nest leave on a class that something must be done with. */
const MARKS = ['__commandHandler__', '__queryHandler__', '__eventsHandler__', '__saga__', '__controller__'];
/** Names of classes that forgot theirs. */
const PROMISING = /(Handler|Projection|Saga|Controller)$/;

/** One feature: its module, and the classes and events that its files export. */
export interface Feature {
  readonly module: Class;
  /** Classes that the module must list, by kind, as `file name`. */
  readonly parts: readonly { readonly kind: keyof typeof KINDS; readonly at: string; readonly part: Class }[];
  readonly events: readonly { readonly at: string; readonly event: Class & { readonly type: string } }[];
}

/** Loads all features of a checkout: the folders of `src` with a module, event sourcing itself excepted. */
export async function featuresOf(checkout: string): Promise<Feature[]> {
  const folders = readdirSync(join(checkout, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const features: Feature[] = [];
  for (const { name } of folders) {
    const files = sourcesIn(join(checkout, 'src', name));
    const moduleFile = files.find((file) => file.endsWith(`/${name}.module.ts`));
    if (moduleFile !== undefined && name !== 'event-sourcing') {
      features.push(await load(checkout, moduleFile, files));
    }
  }
  return features;
}

async function load(checkout: string, moduleFile: string, files: readonly string[]): Promise<Feature> {
  const parts: Feature['parts'][number][] = [];
  const events: Feature['events'][number][] = [];
  for (const file of files) {
    const kind = (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((each) => KINDS[each].test(file));
    const isEvents = file.endsWith('.events.ts');
    if (kind === undefined && !isEvents) continue;
    for (const [name, exported] of await classesOf(file)) {
      const at = `${relative(checkout, file)} ${name}`;
      if (isEvents && isEventClass(exported)) events.push({ at, event: exported });
      if (kind !== undefined && (isMarked(exported) || PROMISING.test(name)))
        parts.push({ kind, at, part: exported });
    }
  }
  const [module] = (await classesOf(moduleFile)).map(([, exported]) => exported);
  if (module === undefined) throw new Error(`${moduleFile} exports no module.`);
  return { module, parts, events };
}

/** Classes that are decorated as handlers or named like some, but that their module does not list. */
export function unlisted({ module, parts }: Feature): string[] {
  return parts
    .filter(({ kind, part }) => !isMarked(part) || !listOf(module, kind).includes(part))
    .map(({ at }) => at);
}

/** Event classes that no `DurableCqrsModule.forFeature` of their module registers. */
export function unregistered({ module, events }: Feature): string[] {
  const registered: unknown[] = (listOf(module, 'imports') as Partial<DynamicModule>[])
    .filter((imported) => imported.module === FEATURE)
    .flatMap(({ providers = [] }) => providers as FactoryProvider<FeatureDefinitions>[])
    .flatMap(({ useFactory }) => Object.values((useFactory() as FeatureDefinitions).events));
  return events.filter(({ event }) => !registered.includes(event)).map(({ at }) => at);
}

/** Names that more than one event class is stored under. */
export function ambiguous(features: readonly Feature[]): string[] {
  const types = features.flatMap(({ events }) => events.map(({ event }) => event.type));
  return [...new Set(types.filter((type, index) => types.indexOf(type) !== index))];
}

async function classesOf(file: string): Promise<[string, Class][]> {
  const exported = (await import(resolve(file))) as Record<string, unknown>;
  return Object.entries(exported).filter((entry): entry is [string, Class] => typeof entry[1] === 'function');
}

function isEventClass(exported: Class): exported is Class & { readonly type: string } {
  return 'type' in exported && 'schemaVersion' in exported;
}

function isMarked(part: Class): boolean {
  return MARKS.some((mark) => Reflect.hasOwnMetadata(mark, part));
}

function listOf(module: Class, kind: keyof typeof KINDS | 'imports'): unknown[] {
  return (Reflect.getMetadata(kind, module) as unknown[] | undefined) ?? [];
}
