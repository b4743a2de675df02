import type { SegmentPool } from '../archive/segments/segment-pool.ts';
import type { Config } from '../model/config.ts';
import type { BucketStore } from './bucket-store.ts';
import type { Catalog } from './catalog.ts';
import type { Clock } from './clock.ts';
import type { KeyVault } from './key-vault.ts';
import type { Logger } from './logger.ts';
import type { Notifier } from './notifier.ts';
import type { ObjectStore } from './object-store.ts';
import type { OwnData } from './own-data.ts';
import type { Secrets } from './secrets.ts';
import type { TableStore } from './table-store.ts';
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
  readonly notifiers: readonly Notifier[];
  readonly secrets: Secrets;
  /** The threads that compress and encrypt. */
  readonly pool: SegmentPool;
  /**
   * Threads that read what a caller asks for, on a host where others wait for the same process meanwhile. Undefined where
   * a process has one caller at a time.
   */
  readonly readers?: SegmentPool;
  /** Source bytes of one segment. Each thread holds one or two in memory; a store may have a least size for its pieces. */
  readonly segmentBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Sources of the kinds `s3` and `dynamodb`, where the host can reach such. */
  readonly buckets?: BucketStore;
  readonly tables?: TableStore;
}
