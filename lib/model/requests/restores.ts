/** Requests that restore. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { existingSchema } from '../records/restore.ts';
import { componentList, openingPassphraseSchema, trustSchema } from './fields.ts';

export const createRestoreSchema = z.strictObject({
  /** @default the components that `targets` names, or all of the archive without targets */
  components: componentList.optional(),
  /** Component id to another target: a folder, a database URL's secret name, a bucket, a table. */
  targets: z.record(componentIdSchema, z.string().min(1).max(4096)).default({}),
  dryRun: z.boolean().default(false),
  /** Restore onto the live sources of the components without another target. A dry run does not need this. */
  inPlace: z.boolean().default(false),
  /** What to do with what already exists. */
  existing: existingSchema.default('overwrite'),
  passphrase: openingPassphraseSchema.optional(),
  /** Skip the version check; recorded. */
  force: z.boolean().default(false),
  /** Trust this signer for this archive and this restore; recorded. Does not cover another file, digest or restore. */
  trust: trustSchema.optional(),
  /**
   * Restore the bits setuid and setgid when root restores.
   *
   * @default for archives made here, and not for imported ones or those of another signer
   */
  setuid: z.boolean().optional(),
  /**
   * Restore the mode, owner and time of a target folder itself, even if it existed and is not the component's own
   * place.
   */
  rootAttributes: z.boolean().default(false),
  /** Drop what a database has beyond the archive when it depends on what is overwritten: the plan names it. */
  allowDrop: z.boolean().default(false),
  /**
   * Restore a database in one transaction, all or nothing; or keep what is possible, and name what is not.
   *
   * @default all or nothing for an existing database, as far as possible for one that the restore makes
   */
  allOrNothing: z.boolean().optional(),
});

export type CreateRestoreRequest = z.infer<typeof createRestoreSchema>;
