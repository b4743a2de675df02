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

/** All that an operation needs from where it runs. */
export interface Host {
  readonly name: 'embedded' | 'aws';
  /** The machine or function, for the record's `host`. */
  readonly machine: string;
  readonly config: Config;
  readonly catalog: Catalog;
  readonly objects: ObjectStore;
  /** What no component may hold, and no restore may write to. */
  readonly own: OwnData;
  readonly vault: KeyVault;
  readonly workflow: WorkflowEngine;
  /** What calls schedules at their times. */
  readonly timers: ScheduleTimers;
  readonly notifiers: readonly Notifier[];
  /** Mail to one person who stands in no list of the configuration, where mail goes out at all. */
  readonly mailTo?: (address: string) => Notifier;
  /** The address that a schedule of the API calls after each run. */
  readonly pingAt: (scheduleId: string, address: PingAddress) => Notifier;
  /**
   * Takes numbers for the host's own monitoring, where that does not ask for them.
   *
   * @param dimensions what they are told apart by
   * @param units of each number, by its name
   */
  readonly measure?: (
    dimensions: Readonly<Record<string, string>>,
    numbers: Readonly<Record<string, number>>,
    units: Readonly<Record<string, MetricUnit>>,
  ) => void;
  /** What is committed, where the host hears of it at once. */
  readonly changes?: Changes;
  /** Has what waits to be told looked at soon, where the host can; else the sweep does. */
  readonly hasten?: () => void;
  readonly secrets: Secrets;
  /** Asks issuers of tokens, and nobody else. */
  readonly askIssuer: AskIssuer;
  /** The threads that compress and encrypt. */
  readonly pool: SegmentPool;
  /**
   * Threads that read what a caller asks for, on a host where others wait for the same process meanwhile. Undefined where
   * a process has one caller at a time.
   */
  readonly readers?: SegmentPool;
  /** Source bytes of one segment. Each thread holds one or two in memory; a store may have a least size for its pieces. */
  readonly segmentBytes: number;
  /**
   * How many bytes of an archive one task reads back; larger ones are read by several tasks, and the SHA-256 of the file
   * is then not taken. Infinite on a host that ends no task for its time.
   */
  readonly verifyBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Sources of the kinds `s3` and `dynamodb`, where the host can reach such. */
  readonly buckets?: BucketStore;
  readonly tables?: TableStore;
}
