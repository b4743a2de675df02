/** What restores write to, under whatever name: compared with each other, and with the installation's own data. */
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
  /** The same text for the same server, by whatever way; undefined when it does not answer. */
  instance(): Promise<string | undefined>;
}

export type TargetIdentity =
  | { readonly of: 'folder'; readonly way: Way }
  | { readonly of: 'bucket'; readonly bucket: string; readonly prefix: string }
  | { readonly of: 'table'; readonly table: string }
  /** @throws `component_unavailable` and others, when it cannot be known. Calling it again costs nothing. */
  | { readonly of: 'database'; resolve(): Promise<DatabaseIdentity> };

/** The identity of a folder as it is now. */
export const folderIdentity = (path: string): TargetIdentity => ({ of: 'folder', way: wayTo(path) });

/** How two targets relate. Databases that cannot be reached count as apart: the next connection reports why. */
export const targetRelation = async (one: TargetIdentity, two: TargetIdentity): Promise<FolderRelation> => {
  if (one.of === 'folder' && two.of === 'folder') return folderRelation(one.way, two.way);
  if (one.of === 'bucket' && two.of === 'bucket') return prefixRelation(one, two);
  if (one.of === 'table' && two.of === 'table') return one.table === two.table ? 'same' : 'apart';
  if (one.of === 'database' && two.of === 'database')
    return (await isSameDatabase(one, two).catch(() => false)) ? 'same' : 'apart';
  return 'apart';
};

type Bucket = Extract<TargetIdentity, { of: 'bucket' }>;

/** Most people would call `a` and `ab` apart, but a listing of `a` includes `ab`. */
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

/** The installation's own place that a target is or lies in; undefined for all other targets. */
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
