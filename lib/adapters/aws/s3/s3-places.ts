/**
 * The places that may hold archives: the installation's own bucket, and those that `backupPaths` in the configuration
 * names as `s3://bucket/prefix`. A request names one of them exactly, and can reach nothing below or beside them. A key
 * is the place and the file's name, `s3://bucket/prefix/name`.
 */
import { bucketPrefixes } from '../../../model/aws-environment.ts';
import { parseS3Place, type S3Place } from '../../../model/config/s3-place.ts';
import { HoldfastError } from '../../../model/errors.ts';
import { placeNotAllowed, requireStorableName } from '../../../ports/store-names.ts';

/** An object of S3. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

const requirePlace = (text: string): S3Place => {
  const place = parseS3Place(text);
  if (place === undefined)
    throw new HoldfastError('config_invalid', `"${text}" is not a place on AWS: write s3://bucket/prefix`);
  return place;
};

const nameOf = ({ bucket, prefix }: S3Place): string => `s3://${bucket}/${prefix}`.replace(/\/$/, '');

export class S3Places {
  readonly #own: string;
  readonly #places = new Map<string, S3Place>();

  /** @throws HoldfastError `config_invalid` for a `backupPath` that is not a place in S3. */
  constructor(ownBucket: string, backupPaths: readonly string[]) {
    const own = { bucket: ownBucket, prefix: bucketPrefixes.archives };
    this.#own = nameOf(own);
    for (const place of [own, ...backupPaths.map(requirePlace)]) this.#places.set(nameOf(place), place);
  }

  /** @throws HoldfastError `place_not_allowed`, `invalid_request` for a name that is not a plain file name. */
  locate(fileName: string, backupPath: string = this.#own): string {
    if (!this.#places.has(backupPath)) throw placeNotAllowed(backupPath);
    requireStorableName(fileName, backupPath);
    return `${backupPath}/${fileName}`;
  }

  /** The place of a key made by `locate`, and its object's location. @throws `place_not_allowed` */
  find(key: string): { place: string; object: S3Location } {
    const end = key.lastIndexOf('/');
    const [place, fileName] = [key.slice(0, end), key.slice(end + 1)];
    const found = this.#places.get(place);
    if (found === undefined || this.locate(fileName, place) !== key)
      throw new HoldfastError('place_not_allowed', `${key} is not in a place that the configuration names`);
    return { place, object: { bucket: found.bucket, key: found.prefix + fileName } };
  }
}
