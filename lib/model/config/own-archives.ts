/**
 * Finds configured folders and buckets that would back up the installation's own archives: each backup would hold all
 * earlier ones.
 */
import { parseS3Place, type S3Place } from './s3-place.ts';

/** The settings of a component that matter here. */
interface Source {
  readonly id: string;
  readonly kind: string;
  readonly bucket?: string;
  readonly prefix?: string;
}

const nameOf = ({ bucket, prefix }: S3Place): string => `s3://${bucket}/${prefix}`;

/**
 * A sentence for each component that reads from a place of archives: the place lies below the component's prefix, or
 * the other way round.
 */
export const archivesWithin = (components: readonly Source[], places: readonly S3Place[]): string[] =>
  components.flatMap(({ id, kind, bucket = '', prefix = '' }) => {
    if (kind !== 's3') return [];
    const place = places.find(
      (one) => one.bucket === bucket && (one.prefix.startsWith(prefix) || prefix.startsWith(one.prefix)),
    );
    if (place === undefined) return [];
    return [
      `component "${id}" backs up ${nameOf({ bucket, prefix })}, and archives are stored in ${nameOf(place)}: each backup would contain all earlier ones; store archives in another bucket, or give the component a prefix outside of it`,
    ];
  });

/** The sentence for a folder that is, or lies in, a place of Holdfast's own data or archives. */
export const withinOwnData = (path: string, own: string): string =>
  `the directory ${path} ${path === own ? 'is' : `leads into ${own},`} where Holdfast keeps its own data or archives: a backup of it would contain all earlier ones; name another folder, or move the data folder (serve --data) or the place of archives ("backupPaths")`;

/** The places of `backupPaths` that are in S3; the others are folders. */
export const s3PlacesOf = (backupPaths: readonly string[]): S3Place[] =>
  backupPaths.flatMap((path) => parseS3Place(path) ?? []);
