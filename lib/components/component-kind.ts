/**
 * What a kind of component can do. A kind reads its source and writes to its target. It knows the archive engine, which
 * takes its entries, and nothing else of Holdfast: no catalog, no lock, no HTTP.
 */
import type * as z from 'zod';
import type { CaptureSink } from '../archive/capture/capture-sink.ts';
import type { Existing } from '../archive/destination/existing.ts';
import type { BitsLeftOut } from '../archive/destination/rights.ts';
import type { Skipped } from '../archive/format.ts';
import type { ContentsPart } from '../archive/reader/contents-pages.ts';
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

/** One task's part of a component. */
export interface Shard {
  /** From 0. Numbers may be left out; the order of numbers is the order in the archive. */
  shard: number;
  /** One more than the number of the last shard. */
  shards: number;
  /** The kind's own description of its part: a key range, a table segment. */
  work: Json;
}

export interface Task<S> {
  readonly settings: S;
  readonly secrets: Secrets;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Undefined on a host without them. */
  readonly buckets?: BucketStore | undefined;
  readonly tables?: TableStore | undefined;
  /** The installation's own data, which is neither captured nor written to. */
  readonly own: OwnData;
}

/** A task before anything of the component is captured. */
export interface PlanTask<S> extends Task<S> {
  /** The same each time that the same backup is planned. */
  readonly backupId: string;
  /** Null at the first call; later what the last one returned. */
  readonly cursor: unknown;
  /** Whether this call's time is nearly over. The call is cheap. */
  stopsNext(): boolean;
}

/** How a component is cut into tasks. With `cursor`: it is not known yet, and planning goes on there in another call. */
export type Planned = { shards: Shard[]; expectedBytes: number | null } | { cursor: Json };

export interface CaptureTask<S> extends Task<S> {
  readonly shard: Shard;
  /** Null at the first call; later the cursor of the last checkpoint. */
  readonly cursor: unknown;
  readonly pool: SegmentPool;
  readonly sink: CaptureSink;
  /** The age recipient to encrypt to. */
  readonly recipient: string;
  readonly segmentBytes: number;
  readonly compressionLevel: number;
  /** The number of entries in this component's last backup whose archive is here; undefined when there is none. */
  lastEntries?(): Promise<number | undefined>;
}

export interface CaptureResult {
  /** False: it stopped at a checkpoint, and must be called again with its cursor. */
  done: boolean;
  /** With `done` false: there is nothing to do for the next minute, and it is not called before then. @default false */
  waits?: boolean;
  /** What a restore needs: the server's version, the table's schema. */
  details: Record<string, Json>;
  /** Shown to people, without effect on the result. */
  warnings?: readonly string[];
  /** Why the component is PARTIAL although nothing in it was skipped. */
  doubts?: readonly string[];
}

export interface RestoreTask<S> extends Task<S> {
  readonly restoreId: string;
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key, in memory only. */
  readonly identity: string;
  readonly pool: SegmentPool;
  /** The target: the component's own place, or the one that the request named. */
  readonly target: string;
  readonly existing: Existing;
  /** Whether the bits setuid and setgid are restored. */
  readonly setuid: boolean;
  /** Whether an existing folder gets the mode, the owner and the time that the archive has for it. */
  readonly rootAttributes: boolean;
  /** Whether objects that the archive does not hold may be dropped with what is overwritten. */
  readonly allowDrop: boolean;
  /**
   * Whether a database is restored in one transaction, or as far as possible.
   *
   * @default an existing one in one transaction, a new one as far as possible
   */
  readonly allOrNothing?: boolean | undefined;
  /** Whether each content is checked against the hash in contents; not for archives of this installation. */
  readonly checkHashes: boolean;
  /** Null at the first call; later the cursor given to the last checkpoint. */
  readonly cursor: unknown;
  /**
   * The contents members whose entries this task restores, when the component is restored by several tasks.
   *
   * @default all
   */
  readonly part?: ContentsPart | undefined;
  /** Whether the other tasks of this component have put anything into the target by now. */
  acceptedElsewhere?(): Promise<boolean>;
  /**
   * Reports this call's totals; call it as often as you like. `signal` is aborted once this restore may no longer
   * write.
   */
  progress(done: { bytes: number; entries: number }): void;
  /** Whether a checkpoint should be made now. The call is cheap. */
  checkpointDue(): boolean;
  /** Records that everything before `cursor` is in the target. `stop`: end here; another call goes on with it. */
  checkpoint(done: Restored, cursor: Json): Promise<'continue' | 'stop'>;
}

/** What one call has restored. */
export interface Restored {
  bytes: number;
  entries: number;
  /** Objects or items that existed, and were kept as `existing` says. @default 0 */
  kept?: number | undefined;
  skipped: readonly Skipped[];
  skippedCount: number;
}

export interface RestoreResult extends Restored {
  /** Set when nothing was restored, with the reason: the component has failed. */
  failure?: HoldfastError;
  /** For a target that is a folder. */
  bitsLeftOut?: BitsLeftOut;
  /** False: it stopped at a checkpoint, and must be called again with its cursor. */
  done: boolean;
  /** For a part: what the target accepted and refused in all calls. All parts together show whether it took anything. */
  taken?: Taken;
}

/** How many objects or items a target has taken or refused. */
export interface Taken {
  readonly accepted: number;
  readonly refused: number;
  /** Why the first one was refused. */
  readonly reason: string;
}

/** How long it takes to write entries, in bytes of a large entry that are written in the same time. */
export interface RestoreEffort {
  readonly bytesPerEntry: number;
  readonly bytesPerByte: number;
}

/** What several tasks need to restore one component, each a part of it. */
export interface SharedRestore<S> {
  readonly effort: RestoreEffort;
  /** Makes the target ready for all tasks; called before the first of them. May be repeated with its own cursor. */
  prepare?(task: RestoreTask<S>): Promise<void>;
  /**
   * What is to be done once all tasks have ended, with the cursor of `prepare`. May be repeated.
   *
   * @returns what could not be set, as sentences without their subject.
   */
  finish?(task: RestoreTask<S>): Promise<readonly string[]>;
  /** A sentence on a target that took none of what all tasks tried. */
  tookNone(target: string, taken: Taken): string;
}

export interface ComponentKind<S> {
  readonly kind: string;
  /** One tar stream of entries, or one file under this name. */
  readonly content: { readonly layout: 'tar' } | { readonly layout: 'stream'; readonly stream: string };
  /** The form of `details`, for all tasks of a component or for one; checked after a capture, and before a restore. */
  readonly details: z.ZodType;
  /** The default target of a restore. Shown to people: never a secret. */
  target(settings: S): string;
  /**
   * Checks whether a request may name this target; called before anything is opened.
   *
   * @throws `invalid_request` with the rule, and without text that may be secret.
   */
  checkTarget(target: string): void;
  /** What a restore to this target writes to, in a form that can be compared. `target` has been checked. */
  identify(named: {
    readonly settings: S;
    readonly secrets: Secrets;
    readonly target: string;
  }): TargetIdentity;
  /**
   * The settings of a component known only by a restore's target, so that an archive can be restored into an
   * installation without that component.
   *
   * @throws as `checkTarget`, and when the target says too little.
   */
  settingsFromTarget(id: string, target: string): S;
  /**
   * Checks that the source exists, the tools are installed and the versions match. Called before anything is captured.
   *
   * @throws `component_unavailable`, `tool_missing`.
   */
  check(task: Task<S>): Promise<void>;
  /**
   * Splits the work into tasks, and estimates the bytes if that is cheap. What takes longer than a call stops when its
   * time is nearly over, having come further than the cursor it was given.
   */
  plan(task: PlanTask<S>): Promise<Planned>;
  /** @throws HoldfastError `component_failed` and others: the component then fails, and the backup with it */
  capture(task: CaptureTask<S>): Promise<CaptureResult>;
  /**
   * A sentence on why all that the tasks captured is no backup of the component: nothing could be read of a source that
   * is not empty. Called before the archive is sealed; with a sentence, it is not sealed.
   *
   * @default there is no shortcoming
   */
  shortcoming?(captured: {
    readonly entries: number;
    readonly details: Readonly<Record<string, Json>>;
  }): string | undefined;
  /**
   * Plans a restore from the archive's contents and the target as it is. Changes nothing.
   *
   * @throws when it could not begin
   */
  planRestore(task: RestoreTask<S>): Promise<ComponentPlan>;
  /**
   * May be called again after a crash with the last checkpoint's cursor: what was written since then is written again.
   */
  restore(task: RestoreTask<S>): Promise<RestoreResult>;
  /**
   * For a kind whose entries may be written in any order. Undefined where one task must restore all of it, as into a
   * folder.
   */
  sharedRestore?(task: Pick<RestoreTask<S>, 'buckets' | 'tables' | 'target'>): SharedRestore<S> | undefined;
  /** Removes what a crashed restore left beside its target, and ends what still works for it. */
  cleanUp(task: {
    settings: S;
    secrets: Secrets;
    target: string;
    restoreId: string;
    log: Logger;
  }): Promise<void>;
}
