/**
 * Records as items of the catalog's one table. A record is one item: `pk` its partition, `sk` its id, `ord` and `grp`
 * its places in lists (the sort keys of two local indexes), `v` its version, `fence` the fence of the hold under which
 * it was put, `json` the record as JSON, or `zst` the same compressed when it is long.
 */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { HoldfastError } from '../../../model/errors.ts';
import type { Versioned } from '../../../ports/catalog/catalog.ts';
import { placementOf } from '../../../ports/catalog/placement.ts';
import { isKindOfRun, type RecordKind, type Records } from '../../../ports/catalog/records.ts';

export type Item = Record<string, AttributeValue>;
export type ItemKey = { readonly pk: { S: string }; readonly sk: { S: string } };

const COMPRESS_FROM_BYTES = 4_096;
/** DynamoDB's own limit is 400 KiB, including names and keys. */
const MAX_VALUE_BYTES = 390_000;
/** Sorts before every character of ids, orders and groups. */
const SEPARATOR = '\u0001';

/**
 * A record's partition: one for each kind. For records that runs write by the thousand, each run has its own, named by
 * its id, with which the records' ids begin: a partition allows 1,000 writes a second, and 10 GB of items and indexes.
 */
export const partitionOf = (kind: RecordKind, idOrGroup: string): string =>
  isKindOfRun(kind) ? `${kind}#${idOrGroup.split('/', 1)[0]}` : kind;

export const keyOf = (kind: RecordKind, id: string): ItemKey => ({
  pk: { S: partitionOf(kind, id) },
  sk: { S: id },
});

/**
 * The beginning of `grp` in all members of a group, and in no others: the length in front keeps `a b` apart from `a`.
 */
export const groupPrefix = (group: string): string => `${group.length}:${group}${SEPARATOR}`;

export const orderValue = (order: string, id: string): string => `${order}${SEPARATOR}${id}`;

/** The attributes of a record besides its key and version; exactly one of `json` and `zst` is defined. */
export interface RecordAttributes {
  readonly ord: AttributeValue;
  readonly grp: AttributeValue;
  readonly json: AttributeValue | undefined;
  readonly zst: AttributeValue | undefined;
}

/** @throws HoldfastError `internal` for a record that is too large for an item */
export const attributesOf = <K extends RecordKind>(kind: K, record: Records[K]): RecordAttributes => {
  const { id, group, order } = placementOf(kind, record);
  const text = JSON.stringify(record);
  const bytes = Buffer.byteLength(text);
  const zst = bytes >= COMPRESS_FROM_BYTES ? zstdCompressSync(text) : undefined;
  const stored = zst?.byteLength ?? bytes;
  if (stored > MAX_VALUE_BYTES)
    throw new HoldfastError(
      'internal',
      `the ${kind} ${id} has grown to ${stored} bytes, and an item of the catalog can have ${MAX_VALUE_BYTES}: name fewer components in one operation`,
    );
  return {
    ord: { S: orderValue(order, id) },
    grp: { S: `${groupPrefix(group)}${orderValue(order, id)}` },
    json: zst === undefined ? { S: text } : undefined,
    zst: zst === undefined ? undefined : { B: zst },
  };
};

/** The record in an item that `attributesOf` and a commit wrote. It is trusted, since only Holdfast writes here. */
export const recordOfItem = <K extends RecordKind>(item: Item): Versioned<Records[K]> => {
  const text = item.zst?.B === undefined ? item.json?.S : zstdDecompressSync(item.zst.B).toString('utf8');
  return { record: JSON.parse(text ?? 'null'), version: Number(item.v?.N) };
};
