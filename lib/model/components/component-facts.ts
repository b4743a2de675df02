/** Facts about a kind of component that need none of its code; `componentTable` has a row for each kind. */
import type { S3Place } from '../config/s3-place.ts';
import type { SecretReference } from './common-settings.ts';

/** Where a component's data is; fields that do not apply are absent. */
export interface ComponentSource {
  /** A folder of this machine. */
  readonly folder?: string;
  /** A secret with the place of the data: the connection URL of a database. */
  readonly secret?: SecretReference;
  readonly bucket?: S3Place;
  readonly table?: string;
}

export interface ComponentFacts<S> {
  /** The host that can read and write such sources. */
  readonly host: 'embedded' | 'aws';
  readonly source: (settings: S) => ComponentSource;
  /**
   * The same settings with every path made absolute.
   *
   * @default they have no path
   */
  readonly withAbsolutePaths?: (settings: S, absolute: (path: string) => string) => S;
  /**
   * Splits a restore's target into the text before its file system path, and the path.
   *
   * @default no part is a path
   */
  readonly pathInTarget?: (target: string) => { before: string; path: string } | undefined;
}
