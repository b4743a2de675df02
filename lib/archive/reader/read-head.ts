import * as z from 'zod';
import { BLOCK_BYTES, outerNameOf } from '../layout/outer-tar.ts';
import { HEAD_NAME } from '../member-names.ts';
import type { ByteSource } from './byte-source.ts';

/** More than any head: its description has at most a thousand characters. */
const MAX_HEAD_BYTES = 64 * 1024;
const headIdSchema = z.object({ backupId: z.string() });

/**
 * Reads which backup an archive claims to be from its first member alone: two small reads, however large its manifest
 * is. Undefined for a file that does not begin as an archive. Nothing is verified, so use this only to find whose file
 * it is.
 */
export const readHeadBackupId = async (source: ByteSource): Promise<string | undefined> => {
  if (source.size < BLOCK_BYTES) return undefined;
  const header = Buffer.from(await source.read(0, BLOCK_BYTES));
  if (outerNameOf(header) !== HEAD_NAME) return undefined;
  const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
  if (!(size > 0 && size <= MAX_HEAD_BYTES && BLOCK_BYTES + size <= source.size)) return undefined;
  const json = Buffer.from(await source.read(BLOCK_BYTES, size)).toString('utf8');
  return headIdSchema.safeParse(parsed(json)).data?.backupId;
};

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};
