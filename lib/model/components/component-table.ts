/**
 * The kinds of component, a row each: their settings, and the facts that all floors may use. What each kind does is in
 * lib/components, in a folder of its own.
 */
import * as z from 'zod';
import type { ComponentFacts, ComponentSource } from './component-facts.ts';
import { directoryFacts, directorySettingsSchema } from './directory.ts';
import { dynamodbFacts, dynamodbSettingsSchema } from './dynamodb.ts';
import { postgresFacts, postgresSettingsSchema } from './postgres.ts';
import { s3Facts, s3SettingsSchema } from './s3.ts';

export const componentTable = {
  directory: { settings: directorySettingsSchema, ...directoryFacts },
  postgres: { settings: postgresSettingsSchema, ...postgresFacts },
  s3: { settings: s3SettingsSchema, ...s3Facts },
  dynamodb: { settings: dynamodbSettingsSchema, ...dynamodbFacts },
} as const;

type Table = typeof componentTable;
export type ComponentKindName = keyof Table;
/** The settings of a component of kind `K`, by default of any kind. */
export type ComponentSettings<K extends ComponentKindName = ComponentKindName> = z.infer<
  Table[K]['settings']
>;

const { directory, postgres, s3, dynamodb } = componentTable;
export const componentSchema = z.discriminatedUnion('kind', [
  directory.settings,
  postgres.settings,
  s3.settings,
  dynamodb.settings,
]);

export const isKindName = (name: string): name is ComponentKindName => Object.hasOwn(componentTable, name);

/** The facts of a kind by its name; undefined for an unknown name. */
export const factsOfKind = (
  name: string,
): Pick<ComponentFacts<never>, 'host' | 'pathInTarget'> | undefined =>
  isKindName(name) ? componentTable[name] : undefined;

/** A row's settings and facts belong together, but the compiler cannot see that for an unknown kind. */
const factsOf = (settings: ComponentSettings): ComponentFacts<ComponentSettings> =>
  componentTable[settings.kind] as unknown as ComponentFacts<ComponentSettings>;

export const hostOf = (settings: ComponentSettings): 'embedded' | 'aws' => factsOf(settings).host;
export const sourceOf = (settings: ComponentSettings): ComponentSource => factsOf(settings).source(settings);
export const withAbsolutePaths = (
  settings: ComponentSettings,
  absolute: (path: string) => string,
): ComponentSettings => factsOf(settings).withAbsolutePaths?.(settings, absolute) ?? settings;
