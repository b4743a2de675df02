import * as z from 'zod';
import { commonSettings, secretSchema, whenTooLittle } from './common-settings.ts';
import type { ComponentFacts } from './component-facts.ts';

export const postgresSettingsSchema = z.strictObject({
  ...commonSettings,
  kind: z.literal('postgres'),
  /** A connection URL, postgres://user:password@host/database. */
  url: secretSchema,
  /** Whether the server is a standby, which has no rows of unlogged tables. */
  onUnlogged: whenTooLittle,
  /** Number of connections that build indexes and check keys at once in a database that a restore makes. */
  restoreSessions: z.number().int().min(1).max(64).default(4),
});
export type PostgresSettings = z.infer<typeof postgresSettingsSchema>;

const FILE = 'file:';

export const postgresFacts: ComponentFacts<PostgresSettings> = {
  host: 'embedded',
  source: ({ url }) => ({ secret: url }),
  withAbsolutePaths: (settings, absolute) =>
    'file' in settings.url ? { ...settings, url: { file: absolute(settings.url.file) } } : settings,
  pathInTarget: (target) =>
    target.startsWith(FILE) ? { before: FILE, path: target.slice(FILE.length) } : undefined,
};
