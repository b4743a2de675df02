/** Tables that are backed up and restored into: the sources of kind `dynamodb`, not the catalog. */
import * as z from 'zod';
import { textRecord, textRecordSchema } from '../../model/text/text-record.ts';

const keySchema = z.array(z.object({ name: z.string(), type: z.enum(['HASH', 'RANGE']) })).min(1);
const indexSchema = z.object({
  name: z.string(),
  key: keySchema,
  projection: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
  projected: z.array(z.string()).default([]),
});
const throughputSchema = z.object({ read: z.number(), write: z.number() });

/** All that is needed to make a table again; stored in archives. */
export const tableSchema = z.object({
  key: keySchema,
  /** Types of the attributes that are part of keys. */
  attributes: z.array(z.object({ name: z.string(), type: z.enum(['S', 'N', 'B']) })),
  globalIndexes: z.array(indexSchema.extend({ throughput: throughputSchema.optional() })).default([]),
  localIndexes: z.array(indexSchema).default([]),
  /** Absent: the table is on demand. */
  throughput: throughputSchema.optional(),
  timeToLive: z.string().optional(),
  /** Pairs in archives, since a tag may be named `__proto__`; older archives have an object. */
  tags: z
    .union([z.array(z.tuple([z.string(), z.string()])).transform(textRecord), textRecordSchema])
    .default(textRecord()),
  tableClass: z.string().optional(),
});
export type TableSchema = z.infer<typeof tableSchema>;

/** The form in archives, which `tableSchema` reads. */
export const archivedTable = ({ tags, ...schema }: TableSchema): z.input<typeof tableSchema> => ({
  ...schema,
  tags: Object.entries(tags),
});

export interface TableDescription {
  readonly schema: TableSchema;
  /** Both counted by the service some hours ago. */
  readonly items: number;
  readonly bytes: number;
  /** Whether exports of any second of the last days are possible. */
  readonly pointInTimeRecovery: boolean;
}

/** An item as DynamoDB's JSON in one line: `{"id":{"S":"a"},"n":{"N":"1.50"}}`. Numbers keep their text. */
export type ItemLine = string;
/** A primary key in the same form. */
export type KeyLine = string;

export interface TableSegment {
  readonly segment: number;
  readonly segments: number;
  /** The share of the table's provisioned read capacity that all segments together may use, above 0 to 1. @default 1 */
  readonly readCapacityShare?: number | undefined;
  /** Yields items after the one with this key. */
  readonly after?: KeyLine | undefined;
}

export interface TableExport {
  readonly id: string;
  /** The second whose state the export holds. */
  readonly at: string;
}

export interface ExportFile {
  readonly name: string;
  /** The number of items that the export's description gives. */
  readonly items: number;
}

/** An item that a table would refuse from everybody. */
export interface RefusedItem {
  readonly key: KeyLine;
  /** The service's own message. */
  readonly reason: string;
}

export interface TableStore {
  /** Undefined when the table does not exist. @throws `component_unavailable` when it may not be read */
  describe(table: string): Promise<TableDescription | undefined>;
  /**
   * Yields the items of one of `segments` parts of a table, always in the same order. Not a snapshot.
   *
   * @throws `component_failed` when the table is deleted meanwhile
   */
  scan(table: string, segment: TableSegment): AsyncIterable<{ item: ItemLine; key: KeyLine }>;
  /**
   * Begins an export of the table as it is now, without using its capacity. Exports cost money, so one that is asked
   * for repeatedly under one name begins only once within some hours.
   *
   * @param once names the export's purpose: the same for a repeat after a crash or a lost answer
   */
  startExport(table: string, once: string): Promise<TableExport>;
  /** The files of an export, in a fixed order; undefined while it is under way. @throws `component_failed` */
  exportFiles(exportId: string): Promise<readonly ExportFile[] | undefined>;
  /** @throws ContentLost when the rest of the file cannot be read. */
  readExport(file: string): AsyncIterable<ItemLine>;
  /**
   * Makes a table, or continues to, and waits until it can be written to. May be repeated: what exists stays, what is
   * missing is made. Items do not expire in it yet.
   *
   * @throws `restore_refused` when it may not be made.
   */
  create(table: string, schema: TableSchema, signal: AbortSignal): Promise<void>;
  /**
   * Sets what a table that was made gets only once its items are in it: its time to live. May be repeated.
   *
   * @returns what could not be set, as sentences without their subject.
   */
  finish(table: string, schema: TableSchema, signal: AbortSignal): Promise<readonly string[]>;
  /** Waits until an existing table can be written to. @throws `component_failed` when it is gone */
  ready(table: string, signal: AbortSignal): Promise<void>;
  /**
   * Writes items; those that the service leaves undone are written again, more and more slowly. Without `overwrite`,
   * other items with the same keys are kept, and counted as `kept`. The very same item counts as written: an earlier
   * attempt left it. Items that the table refuses are named, and do not affect others.
   *
   * @throws `unavailable` when the table has accepted nothing for some minutes.
   */
  write(
    table: string,
    items: readonly ItemLine[],
    options: { overwrite: boolean; signal: AbortSignal },
  ): Promise<{ kept: number; refused: readonly RefusedItem[] }>;
}
