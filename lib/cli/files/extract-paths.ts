/** Single files and folders out of an archive, on this machine and without a restore. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeFolders } from '../../archive/destination/make-folders.ts';
import { TargetConflict } from '../../archive/destination/target-folder.ts';
import { extractEntries } from '../../archive/extract/extract-entries.ts';
import { extractStream } from '../../archive/extract/extract-stream.ts';
import { extractTar } from '../../archive/extract/extract-tar.ts';
import type { ContentsEntry } from '../../archive/format.ts';
import { ownValue } from '../../archive/own-value.ts';
import { iterateContents } from '../../archive/reader/contents-pages.ts';
import type { OpenedArchive } from '../../archive/reader/open.ts';
import { type ByteString, nameFromContents } from '../../archive/tar/byte-string.ts';
import type { SegmentPool } from '../../archive/threads/segment-pool.ts';
import { exitCodes, isSystemError } from '../../model/errors.ts';
import { Failure } from '../failure.ts';
import { write } from '../terminal/output.ts';
import { visible, visibleBytes } from '../terminal/visible-text.ts';

export interface OpenArchiveKey {
  readonly archive: OpenedArchive;
  readonly identity: string;
  readonly pool: SegmentPool;
}

/** The requested paths in one component. */
interface Chosen {
  readonly component: string;
  /** Paths in the component, each with everything below it. */
  readonly paths: ByteString[];
}

export interface Extracted {
  readonly component: string;
  /** The folder or file that was written. */
  readonly target: string;
  readonly entries: number;
  readonly bytes: number;
  readonly skippedCount: number;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** `.` is everything; a slash at the end means a folder's own path. */
const plainPath = (word: string): string => word.replace(/^\.\/(?=.)/, '').replace(/(?<=.)\/+$/, '');

const isAtOrBelow = (path: string, chosen: string): boolean =>
  path === chosen || path.startsWith(`${chosen}/`);

/**
 * The chosen path in the entry's own bytes, if the entry is there. A name with bytes or characters that no list can
 * show may also be written as in the lists, `caf\xe9`. When such bytes are typed directly, they arrive here as U+FFFD,
 * and then mean every name that looks the same.
 */
const chosenBytes = (
  { path, pathBase64 }: Pick<ContentsEntry, 'path' | 'pathBase64'>,
  chosen: string,
): ByteString | undefined => {
  if (chosen === '.') return chosen;
  const shown = (): string =>
    pathBase64 === undefined ? visible(path) : visibleBytes(Buffer.from(pathBase64, 'base64'));
  if (!isAtOrBelow(path, chosen) && !isAtOrBelow(shown(), chosen)) return undefined;
  const depth = chosen.split('/').length;
  return nameFromContents(path, pathBase64).split('/').slice(0, depth).join('/');
};

/** `COMPONENT:PATH`, if the archive has this component; else the path may be in any component. */
const placeOf = (archive: OpenedArchive, word: string): { component: string | undefined; path: string } => {
  const at = word.indexOf(':');
  const component = word.slice(0, Math.max(at, 0));
  return at > 0 && Object.hasOwn(archive.manifest.components, component)
    ? { component, path: plainPath(word.slice(at + 1) || '.') }
    : { component: undefined, path: plainPath(word) };
};

/** @throws Failure `not_found`, naming every path that is in no component */
const choose = async (
  { archive, identity }: OpenArchiveKey,
  words: readonly string[],
  only: string | undefined,
): Promise<Chosen[]> => {
  const asked = words.map((word) => ({ word, found: false, ...placeOf(archive, word) }));
  const chosen = new Map<string, Set<ByteString>>();
  for await (const entry of iterateContents(archive, identity, only))
    for (const one of asked) {
      const { component } = entry;
      if (one.component !== undefined && one.component !== component) continue;
      const path = chosenBytes(entry, one.path);
      if (path === undefined) continue;
      one.found = true;
      chosen.set(component, (chosen.get(component) ?? new Set()).add(path));
    }
  const missing = asked.filter(({ found }) => !found).map(({ word }) => `"${visible(word)}"`);
  if (missing.length > 0)
    throw new Failure('not_found', `the archive holds no ${missing.join(', ')}; nothing was extracted`, {
      hint: '"holdfast backup contents ID --all" lists what it holds, "holdfast find PATTERN" looks for it.',
    });
  return [...chosen].map(([component, paths]) => ({ component, paths: [...paths] }));
};

const layoutOf = (archive: OpenedArchive, component: string) =>
  ownValue(archive.manifest.components, component);

/** Writes the requested paths to `FOLDER/COMPONENT/PATH`. Existing files are not touched. */
export const extractToFolder = async (
  opened: OpenArchiveKey,
  { words, component: only, folder }: { words: readonly string[]; component?: string; folder: string },
  onProgress: (bytes: number) => void,
): Promise<Extracted[]> => {
  const extracted: Extracted[] = [];
  for (const { component, paths } of await choose(opened, words, only)) {
    const stream = layoutOf(opened.archive, component)?.stream;
    const target = join(resolve(folder), component);
    extracted.push(
      stream === undefined
        ? await extractTree(opened, { component, paths, target }, onProgress)
        : await extractFile(opened, { component, target: join(target, stream) }, onProgress),
    );
  }
  return extracted;
};

const extractTree = async (
  opened: OpenArchiveKey,
  { component, paths, target }: { component: string; paths: readonly ByteString[]; target: string },
  onProgress: (bytes: number) => void,
): Promise<Extracted> => {
  try {
    makeFolders(dirname(target));
    const { entries, bytes, skipped, skippedCount } = await extractTar({
      ...opened,
      component,
      target,
      existing: 'refuse',
      setuid: false,
      restoreId: `extract-${randomUUID()}`,
      ...(paths.includes('.') ? {} : { select: paths.map((path) => Buffer.from(path, 'latin1')) }),
      onProgress: ({ bytes: done }) => onProgress(done),
    });
    return { component, target, entries, bytes, skipped, skippedCount };
  } catch (error) {
    if (error instanceof TargetConflict) throw new Failure('file_exists', error.message, { cause: error });
    throw asUnwritable(error, target);
  }
};

const extractFile = async (
  opened: OpenArchiveKey,
  { component, target }: { component: string; target: string },
  onProgress: (bytes: number) => void,
): Promise<Extracted> => {
  let bytes = 0;
  try {
    makeFolders(dirname(target));
    const file = createWriteStream(target, { flags: 'wx', mode: 0o600 });
    const progress = (done: { readonly bytes: number }): void => {
      bytes = done.bytes;
      onProgress(bytes);
    };
    await pipeline(extractStream({ ...opened, component, onProgress: progress }), file);
  } catch (error) {
    if (isSystemError(error, 'EEXIST'))
      throw new Failure('file_exists', `${target} is already there`, {
        hint: 'Choose another folder.',
        cause: error,
      });
    throw asUnwritable(error, target);
  }
  return { component, target, entries: 1, bytes, skipped: [], skippedCount: 0 };
};

const asUnwritable = (error: unknown, target: string): unknown => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^E[A-Z0-9]+$/.test(code)
    ? new Failure('place_unwritable', `${target} cannot be written: ${Object(error).message}`, {
        cause: error,
      })
    : error;
};

/** Writes the content of one file to standard output. @throws Failure when more than one was requested, or a folder */
export const extractToStandardOutput = async (
  opened: OpenArchiveKey,
  { word, component: only }: { word: string; component?: string },
): Promise<void> => {
  const found = await choose(opened, [word], only);
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new Failure('usage', `"${visible(word)}" is in several components`, {
      exitCode: 2,
      hint: `Name one: ${found.map(({ component }) => `${component}:${visible(word)}`).join(', ')}`,
    });
  const { component, paths } = one;
  if (layoutOf(opened.archive, component)?.stream !== undefined) {
    for await (const chunk of extractStream({ ...opened, component })) await write(process.stdout, chunk);
    return;
  }
  const [path, ...others] = paths;
  if (path === undefined || others.length > 0)
    throw new Failure('usage', `the names of ${paths.length} files look like "${visible(word)}"`, {
      exitCode: exitCodes.usage,
      lines: paths.map((each) => visibleBytes(Buffer.from(each, 'latin1'))),
      hint: 'Name one as it is written here.',
    });
  await writeContent(opened, component, path, word);
};

const writeContent = async (
  opened: OpenArchiveKey,
  component: string,
  path: ByteString,
  word: string,
): Promise<void> => {
  let link: ByteString | undefined;
  const wanted = (entry: ContentsEntry): boolean => nameFromContents(entry.path, entry.pathBase64) === path;
  for await (const { entry, content } of extractEntries({ ...opened, component, wanted })) {
    if (entry.type === 'hardlink') {
      link = nameFromContents(entry.link ?? '', entry.linkBase64);
      break;
    }
    if (entry.type === 'directory' || entry.type === 'symlink') break;
    for await (const piece of content) await write(process.stdout, piece);
    return;
  }
  // The content is stored under the first name of the file.
  if (link !== undefined) return writeContent(opened, component, link, word);
  throw new Failure(
    'usage',
    `"${visible(word)}" is not a file; only the content of a file goes to standard output`,
    {
      exitCode: 2,
      hint: 'Extract it into a folder: --output DIR.',
    },
  );
};
