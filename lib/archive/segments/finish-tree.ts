/** In a worker: the last parts of an extraction. Links, when all files are there; then what folders are given at the end. */
import { chmodSync, lchownSync, utimesSync } from 'node:fs';
import type { ByteString } from '../tar/byte-string.ts';
import { fileTime } from '../tar/file-times.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { LinkMaker } from '../target/make-link.ts';
import { type Rights, restoredMode } from '../target/rights.ts';
import { TargetFolder } from '../target/target-folder.ts';
import { isOurs } from '../target/write-file.ts';
import { throwIfRaised } from './abort-flag.ts';
import { DecodedRun } from './entry-run.ts';
import type { FinishFoldersInput, MakeLinksInput, MakeLinksOutput } from './extract-jobs.ts';

export const makeLinks = ({ links, abort, ...options }: MakeLinksInput): MakeLinksOutput => {
  const maker = new LinkMaker(options);
  const orphans: ByteString[] = [];
  let made = 0;
  for (const entry of new DecodedRun(links).entries()) {
    throwIfRaised(abort);
    const outcome = maker.make(entry);
    if (outcome === 'made') made += 1;
    else if (outcome === 'orphan') orphans.push(entry.path);
  }
  return { made, orphans };
};

export const finishFolders = ({
  folders,
  target,
  areOurs,
  abort,
  ...rights
}: FinishFoldersInput): undefined => {
  const folder = new TargetFolder(target);
  for (const entry of new DecodedRun(folders).entries()) {
    throwIfRaised(abort);
    const hasOwner = areOurs && entry.path !== '.' && isOurs(entry);
    finishFolder(folder.folderPath(entry.path), entry, rights, hasOwner);
  }
};

/** The owner first: changing it takes setgid away. */
const finishFolder = (path: string | Buffer, entry: TarEntry, rights: Rights, hasOwner: boolean): void => {
  if (rights.asRoot && !hasOwner) lchownSync(path, entry.uid, entry.gid);
  chmodSync(path, restoredMode(entry.mode, rights));
  utimesSync(path, Date.now() / 1000, fileTime(entry.mtimeSeconds, entry.mtimeNanoseconds));
};
