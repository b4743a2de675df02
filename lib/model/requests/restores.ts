/** What callers may send to restore. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { existingSchema } from '../records/restore.ts';
import { componentList, openingPassphraseSchema, trustSchema } from './fields.ts';

export const createRestoreSchema = z.strictObject({
  /** With none: the components that `targets` names, and with no targets either, all of the archive. */
  components: componentList.optional(),
  /** Component id to another target: a folder, a database URL's secret name, a bucket, a table. */
  targets: z.record(componentIdSchema, z.string().min(1).max(4096)).default({}),
  dryRun: z.boolean().default(false),
  /** Restore onto the live sources of the components that have no other target. A dry run needs no such word. */
  inPlace: z.boolean().default(false),
  /** What to do with what is already there. */
  existing: existingSchema.default('overwrite'),
  passphrase: openingPassphraseSchema.optional(),
  /** Pass the version check; recorded. */
  force: z.boolean().default(false),
  /** Trust this signer for this archive, for this restore; recorded. Another file, digest or restore is not covered. */
  trust: trustSchema.optional(),
  /**
   * Restore the bits setuid and setgid, where root restores. With none: of archives that were made here, and not of
   * those that were imported or that another installation signed.
   */
  setuid: z.boolean().optional(),
  /**
   * Restore the mode, the owner and the time of a target folder itself, though it was there before and is not the
   * component's own place.
   */
  rootAttributes: z.boolean().default(false),
  /** Drop what a database has beyond the archive where it hangs on what is overwritten: the plan names it. */
  allowDrop: z.boolean().default(false),
  /**
   * Restore a database in one transaction, all or nothing; or keep what can be kept, and name what cannot. With none: one
   * that is there all or nothing, one that the restore makes as far as it goes.
   */
  allOrNothing: z.boolean().optional(),
});

export type CreateRestoreRequest = z.infer<typeof createRestoreSchema>;
