import * as z from 'zod';
import { MAX_COMPONENTS } from '../archive/manifest-bounds.ts';
import type { ComponentSettings } from '../model/components/component-table.ts';
import { awsFaults } from '../model/config/aws-config.ts';
import { type Config, refuseContradictions, settingsSchema } from '../model/config/config.ts';
import { archivesWithin } from '../model/config/own-archives.ts';
import type { S3Place } from '../model/config/s3-place.ts';
import { MAX_TRIGGERS, type TriggerSettings } from '../model/config/trigger-settings.ts';
import type { HoldfastProps } from './holdfast-props.ts';
import { pathOf, s3PlaceOf } from './store/backup-places.ts';

/** Settings that props and configuration have in the same form. */
const SAID_ALIKE = [
  ...['installation', 'backups', 'restores', 'restoreInPlace', 'compressionLevel', 'access', 'approval'],
  ...['backupToken', 'audit', 'retention', 'limits', 'uploads', 'metrics'],
] as const satisfies readonly (keyof HoldfastProps & keyof Config)[];
/** Settings that props have in another form, or under other names. */
type SaidOtherwise =
  | ('components' | 'domains' | 'schedules' | 'triggers' | 'backupPaths' | 'notifications')
  | ('aws' | '$schema');
/** A setting that is in neither list fails to compile here. */
type Unsaid = Exclude<keyof Config, (typeof SAID_ALIKE)[number] | SaidOtherwise>;
const _everySettingIsSaid: Unsaid extends never ? true : Unsaid = true;

/**
 * The settings that a construct states. The forms of components and triggers are not checked: the construct makes them
 * itself, with tokens for names that are known only at deployment.
 */
const constructSchema = settingsSchema
  .extend({
    components: z.array(z.custom<ComponentSettings>()).max(MAX_COMPONENTS),
    triggers: z.array(z.custom<TriggerSettings>()).max(MAX_TRIGGERS),
  })
  .superRefine(refuseContradictions);

/** The configuration as the functions read it. */
export const configOf = (props: HoldfastProps): Config => {
  const { schedules = [], triggers = [], email, notifications, domains = [], backupPaths = [] } = props;
  const components = props.components.map(({ settings }) => settings);
  refuseOwnArchives(components, backupPaths.map(s3PlaceOf));
  const config = constructSchema.parse({
    ...Object.fromEntries(SAID_ALIKE.map((name) => [name, props[name]])),
    domains: [...new Set(['root', ...domains])],
    components,
    schedules: [...schedules],
    triggers: triggers.map(({ settings }) => settings),
    backupPaths: backupPaths.map(pathOf),
    notifications: {
      ...notifications,
      ...(email !== undefined && { email: { to: [...email.to], from: email.from } }),
    },
  });
  const named = backupPaths.filter((path) => typeof path === 'string');
  const faults = awsFaults({ ...config, backupPaths: named });
  if (faults.length > 0) throw new Error(faults.map(({ path, message }) => `${path}: ${message}`).join('; '));
  return config;
};

/** @throws Error for a component that would back up the installation's own archives. */
export const refuseOwnArchives = (
  components: readonly ComponentSettings[],
  places: readonly S3Place[],
): void => {
  const [wrong] = archivesWithin(components, places);
  if (wrong !== undefined) throw new Error(wrong);
};
