/** Items of a table as files of lines in an archive: `items/<shard>/<n>.jsonl`, some megabytes each. */
import type { CapturedEntry } from '../../archive/capture/captured-entry.ts';
import type { ContentsEntry } from '../../archive/format.ts';
import { requireFile, requireReadable } from '../archived-file.ts';

const MAX_CHUNK_BYTES = 4 * 1024 * 1024;

const digits = (n: number, width: number): string => String(n).padStart(width, '0');
export const chunkPath = (shard: number, n: number): string =>
  `items/${digits(shard, 5)}/${digits(n, 8)}.jsonl`;

/** The number of a chunk; undefined for another path. */
export const chunkNumber = (path: string): number | undefined => {
  const [, n] = /^items\/\d{5}\/(\d{8})\.jsonl$/.exec(path) ?? [];
  return n === undefined ? undefined : Number(n);
};

/**
 * Checks that an entry is a chunk: a capture writes nothing else.
 *
 * @throws `archive_entry_refused` for any other entry
 */
export const requireChunk = (entry: ContentsEntry): void => {
  requireFile(entry, chunkNumber(entry.path) !== undefined, 'is not a file of items');
  requireReadable(entry);
};

/** An item, and the place after it. */
export interface PlacedItem<P> {
  readonly item: string;
  readonly position: P;
}

export interface Chunk<P> {
  readonly entry: CapturedEntry;
  readonly items: number;
  /** The place after its last item. */
  readonly position: P;
}

/** Splits items into chunks well below a segment's size, so that no chunk begins in one call and ends in another. */
export async function* chunksOf<P>(
  items: AsyncIterable<PlacedItem<P>>,
  { shard, first, segmentBytes, mtime }: { shard: number; first: number; segmentBytes: number; mtime: Date },
): AsyncGenerator<Chunk<P>, void, undefined> {
  const full = Math.min(MAX_CHUNK_BYTES, segmentBytes / 2);
  let lines: Buffer[] = [];
  let bytes = 0;
  let n = first;
  const chunk = (position: P): Chunk<P> => {
    const content = Buffer.concat(lines);
    const made = {
      path: chunkPath(shard, n),
      type: 'item',
      size: content.byteLength,
      mtime,
      content,
    } as const;
    const items = lines.length;
    n += 1;
    lines = [];
    bytes = 0;
    return { entry: made, items, position };
  };
  let last: P | undefined;
  for await (const { item, position } of items) {
    const line = Buffer.from(`${item}\n`);
    lines.push(line);
    bytes += line.byteLength;
    last = position;
    if (bytes >= full) yield chunk(position);
  }
  if (lines.length > 0 && last !== undefined) yield chunk(last);
}
