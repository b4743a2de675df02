/**
 * What a kind of component can do. A kind reads its source and writes to its target; of archives it knows the
 * engine that takes its entries, and of Holdfast nothing else: no catalog, no lock, no HTTP.
 */
import type * as z from 'zod';
import type { CaptureSink } from '../archive/capture/capture-sink.ts';
import type { Existing } from '../archive/destination/existing.ts';
import type { BitsLeftOut } from '../archive/destination/rights.ts';
import type { Skipped } from '../archive/format.ts';
import type { OpenedArchive } from '../archive/reader/open.ts';
import type { SegmentPool } from '../archive/threads/segment-pool.ts';
import type { HoldfastError } from '../model/errors.ts';
import type { ComponentPlan } from '../model/records/restore.ts';
import type { Logger } from '../ports/logger.ts';
import type { OwnData } from '../ports/own-data.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { BucketStore } from '../ports/sources/bucket-store.ts';
import type { TableStore } from '../ports/sources/table-store.ts';
import type { TargetIdentity } from './target-identity.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One task's part of a component: small enough to travel in a workflow's state. */
export interface Shard {
  /** From 0. */
  shard: number;
  shards: number;
  /** What the kind wants to be told: a key range, a table segment. */
  work: Json;
}

export interface Task<S> {
  readonly settings: S;
  readonly secrets: Secrets;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Where the host has such. */
  readonly buckets?: BucketStore | undefined;
  readonly tables?: TableStore | undefined;
  /** Of the installation itself: is neither captured nor written to. */
  readonly own: OwnData;
}

/** Before anything of a component is captured. */
export interface PlanTask<S> extends Task<S> {
  /** The same however often the same backup is planned. */
  readonly backupId: string;
}

export interface CaptureTask<S> extends Task<S> {
  readonly shard: Shard;
  /** Null at the first call; later what the last checkpoint gave. */
  readonly cursor: unknown;
  readonly pool: SegmentPool;
  readonly sink: CaptureSink;
  /** The age recipient to encrypt to. */
  readonly recipient: string;
  readonly segmentBytes: number;
  readonly compressionLevel: number;
  /** How many entries the last backup of this component has whose archive is here; undefined when there is none. */
  lastEntries?(): Promise<number | undefined>;
}

export interface CaptureResult {
  /** False: stopped at a checkpoint, to be called again with its cursor. */
  done: boolean;
  /** With `done` false: there is nothing to do for the next minute, and it is not called before. @default false */
  waits?: boolean;
  /** For the restore: the server's version, the table's schema. */
  details: Record<string, Json>;
  /** Told, and without consequence. */
  warnings?: readonly string[];
  /** Why the component is PARTIAL though nothing in it was skipped. */
  doubts?: readonly string[];
}

export interface RestoreTask<S> extends Task<S> {
  readonly restoreId: string;
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key, in memory only. */
  readonly identity: string;
  readonly pool: SegmentPool;
  /** Where to: the component's own place, or what the request named. */
  readonly target: string;
  readonly existing: Existing;
  /** Whether the bits setuid and setgid are restored. */
  readonly setuid: boolean;
  /** Whether a folder that is there already gets the mode, the owner and the time that the archive has for it. */
  readonly rootAttributes: boolean;
  /** Whether what an archive does not hold may be dropped with what it overwrites. */
  readonly allowDrop: boolean;
  /** A database in one transaction, or as far as it goes. @default what is there already in one, what is made as far as it goes */
  readonly allOrNothing?: boolean | undefined;
  /** Whether each content must have the hash that contents list: not of archives of this installation's own. */
  readonly checkHashes: boolean;
  /** Null at the first call; later what the last checkpoint was given. */
  readonly cursor: unknown;
  /** Of this call. As often as one likes; `signal` is aborted once this restore may no longer write. */
  progress(done: { bytes: number; entries: number }): void;
  /** Whether a checkpoint should be made now. Costs nothing to ask. */
  checkpointDue(): boolean;
  /** Says that all before `cursor` is in the target. `stop`: end here, and be called again with it. */
  checkpoint(done: Restored, cursor: Json): Promise<'continue' | 'stop'>;
}

/** What one call has restored. */
export interface Restored {
  bytes: number;
  entries: number;
  /** Objects or items that were there already, and were kept as `existing` says. @default 0 */
  kept?: number | undefined;
  skipped: readonly Skipped[];
  skippedCount: number;
}

export interface RestoreResult extends Restored {
  /** Nothing came back, and why: the component has failed. */
  failure?: HoldfastError;
  /** Where the target is a folder. */
  bitsLeftOut?: BitsLeftOut;
  /** False: stopped at a checkpoint, to be called again with its cursor. */
  done: boolean;
}

export interface ComponentKind<S> {
  readonly kind: string;
  /** One tar stream of entries, or one file under this name. */
  readonly content: { readonly layout: 'tar' } | { readonly layout: 'stream'; readonly stream: string };
  /** What `details` may say, of all tasks of a component or of one: looked at when they are captured, and before a restore. */
  readonly details: z.ZodType;
  /** The place a restore goes to when none is named. Shown to people: never a secret. */
  target(settings: S): string;
  /**
   * Whether a restore may be asked to go there; asked before anything is opened.
   *
   * @throws `invalid_request` with the rule, and without a text that may be secret.
   */
  checkTarget(target: string): void;
  /** What a restore there writes to, comparable with what others do. `target` has been checked. */
  identify(named: {
    readonly settings: S;
    readonly secrets: Secrets;
    readonly target: string;
  }): TargetIdentity;
  /**
   * What a component's settings are when a restore's target is all that is known of it: so an archive restores into an
   * installation that has no such component.
   *
   * @throws as `checkTarget`, and where the target says too little.
   */
  settingsFromTarget(id: string, target: string): S;
  /**
   * Is the source there, the tool at hand, the versions fit? Called before anything is captured.
   *
   * @throws `component_unavailable`, `tool_missing`.
   */
  check(task: Task<S>): Promise<void>;
  /** How the work is cut into tasks, and how many bytes are expected where that is cheap to know. */
  plan(task: PlanTask<S>): Promise<{ shards: Shard[]; expectedBytes: number | null }>;
  /** @throws HoldfastError `component_failed` and others: the component, and the backup, fails. */
  capture(task: CaptureTask<S>): Promise<CaptureResult>;
  /**
   * Why what all tasks of a component have captured together is no backup of it, as a sentence: nothing of a source that
   * is not empty could be read. Asked before the archive is sealed, which then is not.
   *
   * @default nothing is wrong
   */
  shortcoming?(captured: {
    readonly entries: number;
    readonly details: Readonly<Record<string, Json>>;
  }): string | undefined;
  /** What a restore would do, from the archive's contents and the target as it is. Touches nothing. @throws when it could not begin. */
  planRestore(task: RestoreTask<S>): Promise<ComponentPlan>;
  /** May be called again after a crash with the last checkpoint's cursor: what was written since is written once more. */
  restore(task: RestoreTask<S>): Promise<RestoreResult>;
  /** Removes what a restore that died left beside its target, and ends what still works for it. */
  cleanUp(task: {
    settings: S;
    secrets: Secrets;
    target: string;
    restoreId: string;
    log: Logger;
  }): Promise<void>;
}
