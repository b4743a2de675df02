/**
 * In a worker: the last parts of an extraction. Makes links when all files exist, then sets folders' attributes at the
 * end.
 */
import { chmodSync, lchownSync, utimesSync } from 'node:fs';
import { giveAttributes, isOurs } from '../../destination/attributes.ts';
import { FailureList } from '../../destination/entry-failures.ts';
import { LinkMaker } from '../../destination/make-link.ts';
import { statsOf, TargetFolder } from '../../destination/target-folder.ts';
import type { ByteString } from '../../tar/byte-string.ts';
import { throwIfRaised } from '../abort-flag.ts';
import { DecodedRun } from '../entry-run.ts';
import type {
  FinishFoldersInput,
  FinishFoldersOutput,
  MakeLinksInput,
  MakeLinksOutput,
} from '../extract-jobs.ts';

export const makeLinks = ({ links, abort, ...options }: MakeLinksInput): MakeLinksOutput => {
  const failures = new FailureList();
  const maker = new LinkMaker(options, failures);
  const orphans: ByteString[] = [];
  let made = 0;
  for (const entry of new DecodedRun(links).entries()) {
    throwIfRaised(abort);
    try {
      const outcome = maker.make(entry);
      if (outcome === 'made') made += 1;
      else if (outcome === 'orphan') orphans.push(entry.path);
    } catch (error) {
      failures.lose(entry.path, error);
    }
  }
  return { made, orphans, failures: failures.build() };
};

const FOLDER_CALLS = { chown: lchownSync, chmod: chmodSync, utimes: utimesSync };

export const finishFolders = ({
  folders,
  target,
  areOurs,
  abort,
  ...rights
}: FinishFoldersInput): FinishFoldersOutput => {
  const failures = new FailureList();
  const folder = new TargetFolder(target);
  for (const entry of new DecodedRun(folders).entries()) {
    throwIfRaised(abort);
    const path = folder.folderPath(entry.path);
    const isOwned = areOurs && entry.path !== '.' && isOurs(entry);
    const lacking = giveAttributes(path, entry, rights, { isOwned }, FOLDER_CALLS);
    if (lacking === undefined || isFolder(path)) failures.lack(entry.path, lacking);
    else failures.lose(entry.path, gone());
  }
  return { failures: failures.build() };
};

const isFolder = (path: string | Buffer): boolean => {
  try {
    return statsOf(path)?.isDirectory() === true;
  } catch {
    return false;
  }
};

const gone = (): Error => Object.assign(new Error('the folder is gone'), { code: 'ENOENT' });
