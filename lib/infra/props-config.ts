import type { ComponentSettings } from '../model/components/component-table.ts';
import { awsFaults } from '../model/config/aws-config.ts';
import { type Config, configSchema } from '../model/config/config.ts';
import { archivesWithin } from '../model/config/own-archives.ts';
import type { S3Place } from '../model/config/s3-place.ts';
import type { HoldfastProps } from './holdfast-props.ts';
import { pathOf, s3PlaceOf } from './store/backup-places.ts';

/**
 * The configuration as the functions read it. Names that are known only at deployment stand in it as tokens, so the
 * components' settings, made by us, go around the schema.
 */
export const configOf = (props: HoldfastProps): Config => {
  const {
    installation,
    schedules = [],
    triggers = [],
    email,
    notifications,
    domains = [],
    backupPaths = [],
    backups,
    restoreInPlace,
    compressionLevel,
    access,
  } = props;
  const components = props.components.map(({ settings }) => settings);
  const ids = components.map(({ id, domain }) => ({ id, domain, kind: 'directory' as const, path: '/' }));
  const config = configSchema.parse({
    ...(installation !== undefined && { installation }),
    ...(backups !== undefined && { backups }),
    ...(restoreInPlace !== undefined && { restoreInPlace }),
    ...(compressionLevel !== undefined && { compressionLevel }),
    ...(access !== undefined && { access }),
    domains: [...new Set(['root', ...domains])],
    components: ids,
    schedules: [...schedules],
    triggers: triggers.map(({ settings: { id, components } }) => ({
      ...{ id, components, kind: 'event' as const, pattern: { source: ['any'] } },
    })),
    backupPaths: backupPaths.map(pathOf),
    notifications: {
      ...notifications,
      ...(email !== undefined && { email: { to: [...email.to], from: email.from } }),
    },
  });
  const named = backupPaths.filter((path) => typeof path === 'string');
  const settings = triggers.map((trigger) => trigger.settings);
  const faults = awsFaults({ ...config, components, triggers: settings, backupPaths: named });
  if (faults.length > 0) throw new Error(faults.map(({ path, message }) => `${path}: ${message}`).join('; '));
  refuseOwnArchives(components, backupPaths.map(s3PlaceOf));
  return { ...config, components, triggers: settings };
};

/** @throws Error for a component that would back up the installation's own archives. */
export const refuseOwnArchives = (
  components: readonly ComponentSettings[],
  places: readonly S3Place[],
): void => {
  const [wrong] = archivesWithin(components, places);
  if (wrong !== undefined) throw new Error(wrong);
};
