import type { S3Place } from '../model/config/s3-place.ts';

/**
 * Where an installation keeps its own data and its archives: nothing there is captured, and nothing is restored there.
 */
export interface OwnData {
  /** Folders and files of this machine, by absolute paths. Empty on a host without any, such as AWS. */
  readonly paths: readonly string[];
  readonly buckets: readonly S3Place[];
  readonly tables: readonly string[];
}
