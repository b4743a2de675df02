/** In a worker: checks that a segment's plain bytes are what contents say. */
import { hash } from 'node:crypto';
import { type ByteString, contentsNameOf } from '../../tar/byte-string.ts';
import type { TarEntry } from '../../tar/tar-entry.ts';
import type { TarHeader } from '../../tar/tar-reader.ts';
import { readTarSegment } from '../../tar/tar-segment.ts';
import { DecodedRun } from '../entry-run.ts';
import type { ListedSegment } from '../extract-jobs.ts';
import { hashAt } from './hash-list.ts';
import { otherContent } from './open-segment.ts';

const shown = (path: ByteString): string => JSON.stringify(contentsNameOf(path.slice(0, 200)).text);

/**
 * Returns the entries that begin here, with the places of their contents.
 *
 * @throws `archive_damaged` for anything other than what is listed, contents' hashes included where they are given.
 */
export const checkSegment = (plain: Buffer, segment: ListedSegment): TarHeader[] => {
  const { lead, trail, endsTar, sha256s } = segment;
  const shape = {
    leadBytes: lead?.bytes ?? 0,
    leadPadding: lead?.padding ?? 0,
    trailBytes: trail?.bytes,
    endsTar,
  };
  const listed: TarEntry[] = [];
  for (const run of segment.listed) {
    const entries = new DecodedRun(run);
    for (let index = 0; index < entries.count; index += 1) listed.push(entries.entry(index));
  }
  const headers = readTarSegment(plain, shape, listed);
  if (sha256s === undefined) return headers;
  if (lead !== undefined && hash('sha256', plain.subarray(0, lead.bytes)) !== lead.sha256)
    throw otherContent('a file that runs on');
  const last = trail === undefined ? undefined : headers.at(-1);
  if (last !== undefined && hash('sha256', plain.subarray(last.contentAt)) !== trail?.sha256)
    throw otherContent(shown(last.entry.path));
  let at = 0;
  for (const [index, { count }] of segment.listed.entries()) {
    const list = sha256s[index] ?? new Uint8Array();
    for (let n = 0; n < count; n += 1) {
      const header = headers[at];
      at += 1;
      if (header === undefined || header === last || header.entry.type !== 'file') continue;
      checkContent(plain, header, hashAt(list, n));
    }
  }
  return headers;
};

const checkContent = (plain: Buffer, { entry, contentAt }: TarHeader, sha256: Uint8Array): void => {
  const found = hash('sha256', plain.subarray(contentAt, contentAt + entry.size), 'buffer');
  if (found.compare(sha256) !== 0) throw otherContent(shown(entry.path));
};
