/** In a worker: opens one segment of a tar component and writes its files below the target. */

import type { ByteString } from '../tar/byte-string.ts';
import { isBelow } from '../tar/entry-path.ts';
import { LeftOutBuilder, leavesBitsOut } from '../target/rights.ts';
import { isSelected } from '../target/selection.ts';
import { FileWriter } from '../target/write-file.ts';
import { throwIfRaised } from './abort-flag.ts';
import { checkSegment } from './check-segment.ts';
import { EntryRunBuilder } from './entry-run.ts';
import type { ExtractSegmentInput, ExtractSegmentOutput, StagedPiece } from './extract-jobs.ts';
import { openSegment } from './open-segment.ts';

/** A look at the abort flag now and then. */
const ENTRIES_PER_LOOK = 64;

export const extractSegment = (input: ExtractSegmentInput): ExtractSegmentOutput => {
  const { lead, trail, select, without, renames, abort } = input;
  throwIfRaised(abort);
  const plain = openSegment(input.segment, abort);
  const headers = checkSegment(plain, input);
  // From here on every entry is one that was announced, and none leads out of the target.
  const writer = new FileWriter({
    staging: input.staging,
    existing: input.existing,
    asRoot: input.asRoot,
    setuid: input.setuid,
    job: input.segment.name.replaceAll('/', '-'),
  });
  const links = new EntryRunBuilder();
  const folders = new EntryRunBuilder();
  const kept: ByteString[] = [];
  const bitsLeftOut = new LeftOutBuilder();
  let entries = 0;
  let bytes = 0;
  const stage = ({ stagingName, from, wanted }: StagedPiece, content: Buffer): void => {
    if (!wanted) return;
    writer.stage(stagingName, content, from);
    bytes += content.length;
  };
  if (lead !== undefined) stage(lead, plain.subarray(0, lead.bytes));
  const whole = headers.length - (trail === undefined ? 0 : 1);
  for (const [index, { entry, contentAt }] of headers.entries()) {
    if (index % ENTRIES_PER_LOOK === 0) throwIfRaised(abort);
    if (index >= whole) {
      if (trail !== undefined) stage(trail, plain.subarray(contentAt));
      continue;
    }
    const renamed = renames.size === 0 ? undefined : renames.get(entry.path);
    if (renamed === undefined && select !== undefined && !isSelected(entry, select)) continue;
    const path = renamed ?? entry.path;
    if (without.some((folder) => path === folder || isBelow(path, folder))) continue;
    if (entry.type === 'directory') {
      writer.folder(entry.path);
      folders.add(entry);
    } else if (entry.type !== 'file') links.add(entry);
    else if (
      writer.write(
        renamed === undefined ? entry : { ...entry, path: renamed },
        plain.subarray(contentAt, contentAt + entry.size),
      )
    ) {
      entries += 1;
      bytes += entry.size;
      if (leavesBitsOut(entry.mode, input)) bitsLeftOut.add(renamed ?? entry.path);
    } else kept.push(renamed ?? entry.path);
  }
  return {
    entries,
    bytes,
    links: links.build(),
    folders: folders.build(),
    kept,
    bitsLeftOut: bitsLeftOut.build(),
  };
};
