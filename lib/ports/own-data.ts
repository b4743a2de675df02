import type { S3Place } from '../model/config/s3-place.ts';

/** Where an installation keeps its own data and its archives: nothing of it is captured, and nothing is restored into it. */
export interface OwnData {
  /** Folders and files of this machine, by their absolute paths. None where a host has none, as on AWS. */
  readonly paths: readonly string[];
  readonly buckets: readonly S3Place[];
  readonly tables: readonly string[];
}
