import type { SegmentPool } from '../archive/threads/segment-pool.ts';
import type { Config } from '../model/config/config.ts';
import type { MetricUnit } from '../model/monitoring/component-metrics.ts';
import type { AskIssuer } from './ask-issuer.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { Changes } from './catalog/changes.ts';
import type { Clock } from './clock.ts';
import type { KeyVault } from './key-vault.ts';
import type { Logger } from './logger.ts';
import type { Notifier, PingAddress } from './notifier.ts';
import type { ObjectStore } from './object-store.ts';
import type { OwnData } from './own-data.ts';
import type { ScheduleTimers } from './schedule-timers.ts';
import type { Secrets } from './secrets.ts';
import type { BucketStore } from './sources/bucket-store.ts';
import type { TableStore } from './sources/table-store.ts';
import type { WorkflowEngine } from './workflow-engine.ts';

/** All that an operation needs from the place where it runs. */
export interface Host {
  readonly name: 'embedded' | 'aws';
  /** The machine or function, for the record's `host`. */
  readonly machine: string;
  readonly config: Config;
  readonly catalog: Catalog;
  readonly objects: ObjectStore;
  /** Places that no component may read, and no restore may write to. */
  readonly own: OwnData;
  readonly vault: KeyVault;
  readonly workflow: WorkflowEngine;
  /** Calls schedules at their times. */
  readonly timers: ScheduleTimers;
  readonly notifiers: readonly Notifier[];
  /** Sends mail to a person who is not in the configuration; undefined when no mail is configured. */
  readonly mailTo?: (address: string) => Notifier;
  /** Calls the address of a schedule of the API, after each run. */
  readonly pingAt: (scheduleId: string, address: PingAddress) => Notifier;
  /**
   * Passes numbers to the host's own monitoring; undefined where monitoring asks for them itself.
   *
   * @param dimensions labels of the numbers
   * @param units the unit of each number, by its name
   */
  readonly measure?: (
    dimensions: Readonly<Record<string, string>>,
    numbers: Readonly<Record<string, number>>,
    units: Readonly<Record<string, MetricUnit>>,
  ) => void;
  /** The catalog's commits, on a host that knows of each at once. */
  readonly changes?: Changes;
  /** Has the outbox delivered soon, on a host that can; else the sweep delivers it. */
  readonly hasten?: () => void;
  readonly secrets: Secrets;
  /** Sends requests to issuers of tokens, and to nobody else. */
  readonly askIssuer: AskIssuer;
  /** The threads that compress and encrypt. */
  readonly pool: SegmentPool;
  /**
   * Threads that read for callers, on a host where several callers wait for one process. Undefined where a process has
   * one caller at a time.
   */
  readonly readers?: SegmentPool;
  /**
   * Source bytes of a segment. Each thread holds one or two segments in memory; a store may need pieces of a least
   * size.
   */
  readonly segmentBytes: number;
  /**
   * Most bytes of an archive that one task reads back; a larger archive is read by several tasks, and the SHA-256 of
   * its file is then not computed. Infinite on a host without a time limit for tasks.
   */
  readonly verifyBytes: number;
  /**
   * How much of a component one task restores, in bytes of a large object, where a component may be restored by several
   * tasks. Infinite on a host without a time limit for tasks.
   */
  readonly restoreBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Sources of the kinds `s3` and `dynamodb`, on a host that can reach them. */
  readonly buckets?: BucketStore;
  readonly tables?: TableStore;
}
