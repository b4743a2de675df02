/**
 * Names in a folder for objects whose own name no file system allows: a part of more than 255 bytes, a path that is too
 * long as a whole, a key that is another's folder (`a` beside `a/b`). Incomplete objects get such a name, too, so that
 * nobody takes them for whole. `%~` marks these names: no escaped key holds it.
 */
import { createHash } from 'node:crypto';
import { iterateContents } from '../../archive/reader/contents-pages.ts';
import type { RestoreTask } from '../component-kind.ts';

const MAX_PART_BYTES = 255;
/** Bytes of a shortened part's beginning that are kept. */
const KEPT_BYTES = 200;
/** Linux allows 4,096 bytes with the zero byte; this leaves room for the name of a staged file. */
const MAX_PATH_BYTES = 3_800;

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const shortened = (part: string): string => {
  if (Buffer.byteLength(part) <= MAX_PART_BYTES) return part;
  const kept = Buffer.from(part)
    .subarray(0, KEPT_BYTES)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
  return `${kept}%~${hashOf(part)}`;
};

/** The path at which an object with this path is written. */
export const folderName = (
  path: string,
  { suffix, target }: { readonly suffix: '' | '%~' | '%~incomplete'; readonly target: string },
): string => {
  const parts = path.split('/').map(shortened);
  if (suffix !== '') parts.push(shortened(`${parts.pop()}${suffix}`));
  const name = parts.join('/');
  const [room = ''] = parts;
  return Buffer.byteLength(`${target}/${name}`) > MAX_PATH_BYTES ? `${room}/%~${hashOf(path)}` : name;
};

const foldersOf = function* (path: string): Generator<string, void, undefined> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    yield path.slice(0, end);
};

export interface FolderNames {
  /** The other name of every path that needs one. */
  readonly names: ReadonlyMap<string, string>;
  /** Paths of objects that were not read to their end when they were backed up. */
  readonly incomplete: readonly string[];
}

export const folderNames = async ({
  archive,
  identity,
  component,
  target,
  signal,
}: Pick<
  RestoreTask<unknown>,
  'archive' | 'identity' | 'component' | 'target' | 'signal'
>): Promise<FolderNames> => {
  const folders = new Set<string>();
  for await (const { path } of iterateContents(archive, identity, component)) {
    signal.throwIfAborted();
    for (const folder of foldersOf(path)) {
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  const names = new Map<string, string>();
  const incomplete: string[] = [];
  for await (const { path, changed } of iterateContents(archive, identity, component)) {
    signal.throwIfAborted();
    if (changed === true) incomplete.push(path);
    const suffix = changed === true ? '%~incomplete' : folders.has(path) ? '%~' : '';
    const name = folderName(path, { suffix, target });
    if (name !== path) names.set(path, name);
  }
  return { names, incomplete };
};
