/** The restore record, the part of its plan that does not fit into it, and its checkpoints while it runs. */
import * as z from 'zod';
import { existingChoices } from '../../archive/destination/existing.ts';
import { idSchema } from '../ids.ts';
import { count, sha256Schema, skippedFields } from './fields.ts';
import { componentStateSchema, errorCodeField, operationFields } from './operation.ts';
import { trustedSignerSchema } from './seal.ts';

export const planCountsSchema = z.object({
  ...{ create: count, overwrite: count, skip: count, refuse: count },
  /** For a database: objects that are not in the archive, and are lost with what they depend on. */
  drop: count.optional(),
});

export const planEntrySchema = z.object({
  path: z.string(),
  action: z.enum(['create', 'drop', ...existingChoices]),
  reason: z.string().optional(),
});

/** What entries to be created or overwritten ask for beyond existing: see `RightsCount`. */
export const rightsCountSchema = z.object({
  setuid: count,
  setgid: count,
  owners: count,
  executables: count,
});

/** How an existing database is overwritten: by a new one that takes its name, or in one transaction, and why. */
export const overDatabaseSchema = z.object({ way: z.enum(['exchange', 'transaction']), why: z.string() });

/** What a restore would do, or does, to one component. */
export const componentPlanSchema = z.object({
  target: z.string(),
  counts: planCountsSchema,
  /** At most the first thousand, and fewer where names are long or components are many. Refused entries come first. */
  entries: z.array(planEntrySchema),
  /** For a database: in one transaction, or as far as possible, naming what fails. */
  allOrNothing: z.boolean().optional(),
  /** For a database that exists already. */
  inPlace: overDatabaseSchema.optional(),
  /** What will probably go wrong, but cannot be known before it is tried. */
  warnings: z.array(z.string()).optional(),
  /** For a target that is a folder. */
  rights: rightsCountSchema.optional(),
  /** For a target that is a folder: whether the folder itself gets the mode, owner and time of the archive's. */
  rootAttributes: z.boolean().optional(),
  /**
   * How many entries `GET /v1/restores/{id}/plan` gives, including these; the rest are only counted. Absent in older
   * records: these.
   */
  listed: count.optional(),
  /** SHA-256, hex, of the whole plan; it changes when the target's state changes the plan. Absent in older records. */
  state: z.string().optional(),
});
export type ComponentPlan = z.infer<typeof componentPlanSchema>;

/** Entries of a component's plan beyond those in the restore's record. */
export const planPageSchema = z.object({
  restoreId: idSchema,
  component: z.string(),
  /** Counts from 0. */
  page: count,
  entries: z.array(planEntrySchema),
});
export type PlanPage = z.infer<typeof planPageSchema>;

/** An entry of a plan, as the API shows it. */
export const plannedEntrySchema = planEntrySchema.extend({ component: z.string() });
export type PlannedEntry = z.infer<typeof plannedEntrySchema>;

export const bitsLeftOutSchema = z.object({ count, paths: z.array(z.string()) });

export const componentRestoreSchema = z.object({
  kind: z.string(),
  state: componentStateSchema,
  target: z.string(),
  bytes: count,
  entries: count,
  /** Objects or items that already existed, and were kept. */
  kept: count.optional(),
  ...skippedFields,
  /** Entries restored without setuid or setgid, because of the restore's `setuid`: the count, and the first hundred. */
  bitsLeftOut: bitsLeftOutSchema.optional(),
  shortError: z.string(),
  ...errorCodeField,
});
export type ComponentRestore = z.infer<typeof componentRestoreSchema>;

export const existingSchema = z.enum(existingChoices);

/** The target as the dry run found it: what a restore would do there, in numbers, and the SHA-256 of the whole plan. */
export const targetStateSchema = z.strictObject({
  counts: planCountsSchema,
  sha256: sha256Schema,
});
export type TargetState = z.infer<typeof targetStateSchema>;

/** What other people approved, or why it began without approval. */
export const restoreApprovalSchema = z.object({
  /** Id of the request for approval. */
  id: idSchema,
  /** SHA-256 of the plan that was approved. */
  digest: z.string(),
  /** SHA-256 of the archive's manifest. */
  manifestSha256: z.string(),
  /** The targets as they were approved; absent: it began without approval. */
  targetState: z.record(z.string(), targetStateSchema).optional(),
  /** Why it began without approval. */
  breakGlass: z.string().optional(),
});

export const restoreSchema = z.object({
  ...operationFields,
  dryRun: z.boolean(),
  existing: existingSchema,
  force: z.boolean(),
  /** Whether the signer was not known and the requester trusted it for this restore. */
  trusted: z.boolean(),
  /** What was trusted then, by whom and when; null for a known signer. */
  trustedSigner: trustedSignerSchema.nullable().optional(),
  /** Whether the bits setuid and setgid are restored; absent in records of 0.1.0, which always did. */
  setuid: z.boolean().optional(),
  /** Whether existing folders get the archive's mode, owner and time; in a component's own place they always do. */
  rootAttributes: z.boolean().optional(),
  /** Whether what the archive does not hold may be dropped with what is overwritten; absent in records of 0.1.0. */
  allowDrop: z.boolean().optional(),
  /** Databases in one transaction, or as far as possible; absent: decided by whether each is new. */
  allOrNothing: z.boolean().optional(),
  components: z.record(z.string(), componentRestoreSchema),
  componentStatus: z.record(z.string(), componentStateSchema),
  plan: z.record(z.string(), componentPlanSchema).nullable(),
  /** What other people approved, when restores need approval. */
  approval: restoreApprovalSchema.optional(),
  /** What to restart or do now. */
  afterwards: z.array(z.string()),
});
export type RestoreRecord = z.infer<typeof restoreSchema>;

const failureFields = { shortError: z.string(), ...errorCodeField };

/**
 * One task of a restore: which contents members of a component it restores, how far it is, and what it tells of that.
 * Counts are of all its calls.
 */
export const restoreCheckpointSchema = z.object({
  restoreId: idSchema,
  component: z.string(),
  /** Counts from 0, up to `shards`. */
  shard: count,
  shards: count,
  /** The first contents member of the part, and the one after its last, of all `members` of the component. */
  from: count,
  to: count,
  members: count,
  /** SHA-256, hex, of the manifest that the parts were cut from. */
  manifestSha256: z.string(),
  state: componentStateSchema,
  /** What is shown; a part of it may be done again after a crash. */
  bytes: count,
  entries: count,
  kept: count.optional(),
  ...skippedFields,
  bitsLeftOut: bitsLeftOutSchema.optional(),
  /** What the target took and refused, for a component of several tasks that has ended. */
  taken: z.object({ accepted: count, refused: count, reason: z.string() }).optional(),
  ...failureFields,
  /** Everything before it is in the target; null at the beginning. */
  cursor: z.unknown(),
  /** The bytes and entries before the cursor; the other counts are those before it, too. */
  sure: z.object({ bytes: count, entries: count }),
  /** With the first of several tasks: how far their target is made ready for all of them, and finished after them. */
  preparation: z
    .object({
      cursor: z.unknown(),
      done: z.boolean(),
      finished: z.boolean(),
      /** Calls that have failed, and why the last one did. */
      tries: count,
      ...failureFields,
    })
    .optional(),
});
export type RestoreCheckpoint = z.infer<typeof restoreCheckpointSchema>;
