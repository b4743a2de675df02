/**
 * Reads the files of a table's export in a bucket.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { ContentLost } from '../../../../archive/capture/content-lost.ts';
import { HoldfastError } from '../../../../model/errors.ts';
import type { ExportFile, ItemLine } from '../../../../ports/sources/table-store.ts';
import { isDamaged } from '../../s3/s3-errors.ts';
import { streamFrom } from '../../s3/s3-ranges.ts';
import { backOff } from '../../sdk/backoff.ts';
import { textLines } from './text-lines.ts';

/** How often a file that could not be read to its end is read again. */
const MAX_READS = 3;

export interface ExportBucket {
  readonly client: S3Client;
  readonly bucket: string;
}

const summarySchema = z.object({ manifestFilesS3Key: z.string(), itemCount: z.number().optional() });
const fileSchema = z.object({ itemCount: z.number(), dataFileS3Key: z.string() });
const lineSchema = z.object({
  // Not a Zod record, which would lose an attribute named `__proto__`.
  Item: z.custom<object>((value) => typeof value === 'object' && value !== null),
});

/** Parses a file that describes the export. @throws `component_failed` for a text of another form */
const described = <T>(schema: z.ZodType<T>, text: string, file: string): T => {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HoldfastError(
      'component_failed',
      `the file ${file} of the export does not have the form in which DynamoDB writes it; back up again`,
      { cause },
    );
  }
};

/**
 * The manifest's summary names a list of the files with the items.
 *
 * @throws `component_failed` when the list does not match the summary, or one of the two has another form
 */
export const exportFiles = async (bucket: ExportBucket, summary: string): Promise<ExportFile[]> => {
  const text = (await allLines(bucket, summary)).join('\n');
  const { manifestFilesS3Key, itemCount } = described(summarySchema, text, summary);
  const listed = await allLines(bucket, manifestFilesS3Key);
  const files = listed
    .map((line) => described(fileSchema, line, manifestFilesS3Key))
    .map(({ itemCount: items, dataFileS3Key: name }) => ({ name, items }));
  const items = files.reduce((sum, file) => sum + file.items, 0);
  if (itemCount !== undefined && items !== itemCount)
    throw new HoldfastError(
      'component_failed',
      `the export ${summary} is incomplete: it announces ${itemCount} items, and its files have ${items}; back up again`,
    );
  return files.filter((file) => file.items > 0);
};

const isPassing = (thrown: unknown): boolean =>
  thrown instanceof HoldfastError && thrown.code === 'unavailable' && !isDamaged(thrown);

/** Reads a file that describes the export: all of it, or nothing. */
const allLines = async (bucket: ExportBucket, key: string): Promise<string[]> => {
  for (let reads = 1; ; reads++) {
    try {
      return await Array.fromAsync(lines(bucket, key));
    } catch (thrown) {
      if (!isDamaged(thrown) || reads >= MAX_READS) throw thrown;
    }
    await backOff(reads);
  }
};

/** @throws ContentLost when the rest of the file cannot be read, however often it is tried; `unavailable` */
export async function* exportedItems(
  bucket: ExportBucket,
  file: string,
): AsyncGenerator<ItemLine, void, undefined> {
  let given = 0;
  for (let reads = 1; ; reads++) {
    try {
      let at = 0;
      for await (const line of lines(bucket, file)) {
        at += 1;
        if (at <= given) continue;
        const item = JSON.stringify(lineSchema.parse(JSON.parse(line)).Item);
        given += 1;
        yield item;
      }
      return;
    } catch (thrown) {
      if (isPassing(thrown)) throw thrown;
      if (reads >= MAX_READS)
        throw new ContentLost(
          `could not be read beyond its item ${given}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
          { cause: thrown },
        );
    }
    await backOff(reads);
  }
}

async function* lines(
  { client, bucket }: ExportBucket,
  key: string,
): AsyncGenerator<string, void, undefined> {
  const bytes = streamFrom(client, { bucket, key }, 0);
  if (!key.endsWith('.gz')) {
    yield* textLines(bytes);
    return;
  }
  const gunzip = createGunzip();
  // If one stream fails, the other ends; the reader gets the error from the last of them.
  const fed = pipeline(Readable.from(bytes), gunzip);
  fed.catch(() => undefined);
  try {
    yield* textLines(gunzip);
    await fed;
  } finally {
    gunzip.destroy();
  }
}
