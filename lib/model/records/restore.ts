/** The restore record, what of its plan does not fit into it, and its checkpoints while it runs. */
import * as z from 'zod';
import { existingChoices } from '../../archive/destination/existing.ts';
import { idSchema } from '../ids.ts';
import { count, sha256Schema, skippedFields } from './fields.ts';
import { componentStateSchema, errorCodeField, operationFields } from './operation.ts';
import { trustedSignerSchema } from './seal.ts';

export const planCountsSchema = z.object({
  ...{ create: count, overwrite: count, skip: count, refuse: count },
  /** Of a database: what is not in the archive and is gone with what it hangs on. */
  drop: count.optional(),
});

export const planEntrySchema = z.object({
  path: z.string(),
  action: z.enum(['create', 'drop', ...existingChoices]),
  reason: z.string().optional(),
});

/** What entries to be created or overwritten ask for beyond being there: see `RightsCount`. */
export const rightsCountSchema = z.object({
  setuid: count,
  setgid: count,
  owners: count,
  executables: count,
});

/** How a database that is there is restored over: by a new one that takes its name, or in one transaction, and why so. */
export const overDatabaseSchema = z.object({ way: z.enum(['exchange', 'transaction']), why: z.string() });

/** What a restore would do, or does, to one component. */
export const componentPlanSchema = z.object({
  target: z.string(),
  counts: planCountsSchema,
  /** The first thousand at most, and fewer where names are long, or components are many. What is refused comes first. */
  entries: z.array(planEntrySchema),
  /** Of a database: in one transaction, or as far as it goes, what fails being named. */
  allOrNothing: z.boolean().optional(),
  /** Of a database that is there already. */
  inPlace: overDatabaseSchema.optional(),
  /** What will probably go wrong, and cannot be known before it is tried. */
  warnings: z.array(z.string()).optional(),
  /** Where the target is a folder. */
  rights: rightsCountSchema.optional(),
  /** Where the target is a folder: whether that folder itself gets the mode, the owner and the time of the archive's. */
  rootAttributes: z.boolean().optional(),
  /** How many entries `GET /v1/restores/{id}/plan` gives, these counted; all beyond are counted only. Older records: these. */
  listed: count.optional(),
  /** SHA-256, hex, of what the plan says: another one is the plan of another state of the target. Absent in older records. */
  state: z.string().optional(),
});
export type ComponentPlan = z.infer<typeof componentPlanSchema>;

/** Entries of a plan of a component, beyond those in the restore's record. */
export const planPageSchema = z.object({
  restoreId: idSchema,
  component: z.string(),
  /** From 0. */
  page: count,
  entries: z.array(planEntrySchema),
});
export type PlanPage = z.infer<typeof planPageSchema>;

/** An entry of a plan, as the API gives it. */
export const plannedEntrySchema = planEntrySchema.extend({ component: z.string() });
export type PlannedEntry = z.infer<typeof plannedEntrySchema>;

export const bitsLeftOutSchema = z.object({ count, paths: z.array(z.string()) });

export const componentRestoreSchema = z.object({
  kind: z.string(),
  state: componentStateSchema,
  target: z.string(),
  bytes: count,
  entries: count,
  /** Objects or items that were there already, and were kept. */
  kept: count.optional(),
  ...skippedFields,
  /** Restored without setuid or setgid, as the restore's `setuid` says: how many, and the first hundred. */
  bitsLeftOut: bitsLeftOutSchema.optional(),
  shortError: z.string(),
  ...errorCodeField,
});
export type ComponentRestore = z.infer<typeof componentRestoreSchema>;

export const existingSchema = z.enum(existingChoices);

/** A target as the dry run found it: what a restore would do there, as numbers, and the SHA-256 of all that it told. */
export const targetStateSchema = z.strictObject({
  counts: planCountsSchema,
  sha256: sha256Schema,
});
export type TargetState = z.infer<typeof targetStateSchema>;

/** What other people approved, or why it was begun without. */
export const restoreApprovalSchema = z.object({
  /** Of the request for approval. */
  id: idSchema,
  /** SHA-256 of the plan that was approved. */
  digest: z.string(),
  /** Of the archive's manifest. */
  manifestSha256: z.string(),
  /** The targets as they were approved; absent: it was begun without approval. */
  targetState: z.record(z.string(), targetStateSchema).optional(),
  /** Why it was begun without approval. */
  breakGlass: z.string().optional(),
});

export const restoreSchema = z.object({
  ...operationFields,
  dryRun: z.boolean(),
  existing: existingSchema,
  force: z.boolean(),
  /** The signer was not known and the requester trusted it for this restore. */
  trusted: z.boolean(),
  /** What was trusted then, by whom and when; null for a known signer. */
  trustedSigner: trustedSignerSchema.nullable().optional(),
  /** Whether the bits setuid and setgid are restored; absent in records of 0.1.0, which always did. */
  setuid: z.boolean().optional(),
  /** Whether folders that were there already get the archive's mode, owner and time; those of components in their own places do. */
  rootAttributes: z.boolean().optional(),
  /** Whether what the archive does not hold may be dropped with what is overwritten; absent in records of 0.1.0. */
  allowDrop: z.boolean().optional(),
  /** Databases in one transaction, or as far as it goes; absent: as each is new or not. */
  allOrNothing: z.boolean().optional(),
  components: z.record(z.string(), componentRestoreSchema),
  componentStatus: z.record(z.string(), componentStateSchema),
  plan: z.record(z.string(), componentPlanSchema).nullable(),
  /** Where other people have to approve restores: what they approved. */
  approval: restoreApprovalSchema.optional(),
  /** What is to be restarted or done now. */
  afterwards: z.array(z.string()),
});
export type RestoreRecord = z.infer<typeof restoreSchema>;

/** How far the restore of a component is for good: all before `cursor` is in its target. Counts are of all calls. */
export const restoreCheckpointSchema = z.object({
  restoreId: idSchema,
  component: z.string(),
  bytes: count,
  entries: count,
  kept: count.optional(),
  ...skippedFields,
  cursor: z.unknown(),
});
export type RestoreCheckpoint = z.infer<typeof restoreCheckpointSchema>;
