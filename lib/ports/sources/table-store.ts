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

/** What a table is, so that it can be made again; travels in archives. */
export const tableSchema = z.object({
  key: keySchema,
  /** Types of the attributes that keys are made of. */
  attributes: z.array(z.object({ name: z.string(), type: z.enum(['S', 'N', 'B']) })),
  globalIndexes: z.array(indexSchema.extend({ throughput: throughputSchema.optional() })).default([]),
  localIndexes: z.array(indexSchema).default([]),
  /** Absent: on demand. */
  throughput: throughputSchema.optional(),
  timeToLive: z.string().optional(),
  /** In archives pairs, since one may be named `__proto__`; older ones have an object. */
  tags: z
    .union([z.array(z.tuple([z.string(), z.string()])).transform(textRecord), textRecordSchema])
    .default(textRecord()),
  tableClass: z.string().optional(),
});
export type TableSchema = z.infer<typeof tableSchema>;

/** As it travels in archives; `tableSchema` reads it. */
export const archivedTable = ({ tags, ...schema }: TableSchema): z.input<typeof tableSchema> => ({
  ...schema,
  tags: Object.entries(tags),
});

export interface TableDescription {
  readonly schema: TableSchema;
  /** Both as the service last counted them, hours ago. */
  readonly items: number;
  readonly bytes: number;
  /** Exports of any second of the last days are possible. */
  readonly pointInTimeRecovery: boolean;
}

/** An item as DynamoDB's JSON in one line: `{"id":{"S":"a"},"n":{"N":"1.50"}}`. Numbers stay the text they are. */
export type ItemLine = string;
/** A primary key in the same form. */
export type KeyLine = string;

export interface TableSegment {
  readonly segment: number;
  readonly segments: number;
  /** The share of the table's provisioned read capacity that all segments together may use, above 0 to 1. @default 1 */
  readonly readCapacityShare?: number | undefined;
  /** Items after the one with this key. */
  readonly after?: KeyLine | undefined;
}

export interface TableExport {
  readonly id: string;
  /** The second whose state it holds. */
  readonly at: string;
}

export interface ExportFile {
  readonly name: string;
  /** How many items the export says it has. */
  readonly items: number;
}

/** An item that a table does not take, whoever asks. */
export interface RefusedItem {
  readonly key: KeyLine;
  /** The service's own words. */
  readonly reason: string;
}

export interface TableStore {
  /** Undefined when there is no such table. @throws `component_unavailable` when it may not be read. */
  describe(table: string): Promise<TableDescription | undefined>;
  /**
   * The items of one of `segments` parts of a table, in an order that stays the same. Not a snapshot.
   *
   * @throws `component_failed` when the table is deleted meanwhile.
   */
  scan(table: string, segment: TableSegment): AsyncIterable<{ item: ItemLine; key: KeyLine }>;
  /**
   * Begins an export of the table as it is now, at no cost to its capacity. Exports are paid for: however often one is asked
   * for under one name, it begins once within some hours.
   *
   * @param once Names what the export is for: the same for a repeat after a crash or a lost answer.
   */
  startExport(table: string, once: string): Promise<TableExport>;
  /** The files of an export, in a fixed order; undefined as long as it is under way. @throws `component_failed` */
  exportFiles(exportId: string): Promise<readonly ExportFile[] | undefined>;
  /** @throws ContentLost when the rest of the file cannot be had. */
  readExport(file: string): AsyncIterable<ItemLine>;
  /**
   * Makes a table, or goes on making it, and waits until it can be written to. May be repeated: what is made stays, what
   * is missing is made.
   *
   * @returns what of it could not be set, as sentences without their subject.
   * @throws `restore_refused` when it may not be made.
   */
  create(table: string, schema: TableSchema, signal: AbortSignal): Promise<readonly string[]>;
  /** Waits until a table that is there can be written to. @throws `component_failed` when it is gone. */
  ready(table: string, signal: AbortSignal): Promise<void>;
  /**
   * Writes items; what the service leaves undone is done again, more and more slowly. Without `overwrite`, items whose
   * key is taken by another are kept: their number. The very same item counts as written: an earlier try has left it.
   * Items that the table does not take are named, and cost no other.
   *
   * @throws `unavailable` when the table has taken nothing for some minutes.
   */
  write(
    table: string,
    items: readonly ItemLine[],
    options: { overwrite: boolean; signal: AbortSignal },
  ): Promise<{ kept: number; refused: readonly RefusedItem[] }>;
}
