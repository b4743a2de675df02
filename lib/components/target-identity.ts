/** What restores write to, whatever it is called: held against each other, and against what is the installation's own. */
import {
  type FolderRelation,
  folderAround,
  folderRelation,
  type Way,
  wayTo,
} from '../archive/destination/folder-identity.ts';
import type { OwnData } from '../ports/own-data.ts';

export interface DatabaseIdentity {
  /** Host and port. */
  readonly server: string;
  readonly database: string;
  /** The same text for the same server, whatever the way to it; undefined for one that does not answer. */
  instance(): Promise<string | undefined>;
}

export type TargetIdentity =
  | { readonly of: 'folder'; readonly way: Way }
  | { readonly of: 'bucket'; readonly bucket: string; readonly prefix: string }
  | { readonly of: 'table'; readonly table: string }
  /** @throws `component_unavailable` and others, where it cannot be known. May be called again at no cost. */
  | { readonly of: 'database'; resolve(): Promise<DatabaseIdentity> };

/** Of a folder as it is now. */
export const folderIdentity = (path: string): TargetIdentity => ({ of: 'folder', way: wayTo(path) });

/** How one target lies to another. Databases that cannot be looked at count as apart: whoever connects next says why. */
export const targetRelation = async (one: TargetIdentity, two: TargetIdentity): Promise<FolderRelation> => {
  if (one.of === 'folder' && two.of === 'folder') return folderRelation(one.way, two.way);
  if (one.of === 'bucket' && two.of === 'bucket') return prefixRelation(one, two);
  if (one.of === 'table' && two.of === 'table') return one.table === two.table ? 'same' : 'apart';
  if (one.of === 'database' && two.of === 'database')
    return (await isSameDatabase(one, two).catch(() => false)) ? 'same' : 'apart';
  return 'apart';
};

type Bucket = Extract<TargetIdentity, { of: 'bucket' }>;

/** `a` and `ab` are apart in most people's minds, but a listing of the one holds the other. */
const prefixRelation = (one: Omit<Bucket, 'of'>, two: Omit<Bucket, 'of'>): FolderRelation => {
  if (one.bucket !== two.bucket) return 'apart';
  if (one.prefix === two.prefix) return 'same';
  if (one.prefix.startsWith(two.prefix)) return 'within';
  return two.prefix.startsWith(one.prefix) ? 'around' : 'apart';
};

type Database = Extract<TargetIdentity, { of: 'database' }>;

const isSameDatabase = async (first: Database, second: Database): Promise<boolean> => {
  const [one, two] = [await first.resolve(), await second.resolve()];
  if (one.database !== two.database) return false;
  if (one.server === two.server) return true;
  const instance = await one.instance();
  return instance !== undefined && instance === (await two.instance());
};

/** Where the installation keeps its own data, if a target is that or lies in it; undefined for all others. */
export const ownPlaceOf = (target: TargetIdentity, own: OwnData): string | undefined => {
  switch (target.of) {
    case 'folder':
      return folderAround(target.way, own.paths);
    case 'bucket': {
      const place = own.buckets.find((one) => prefixRelation(target, one) !== 'apart');
      return place && `s3://${place.bucket}/${place.prefix}`;
    }
    case 'table':
      return own.tables.find((table) => table === target.table);
    case 'database':
      return undefined;
  }
};
