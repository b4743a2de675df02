/** What Holdfast is told of a kind of component without its code: `componentTable` has a row for each kind. */
import type { S3Place } from '../config/s3-place.ts';
import type { SecretReference } from './common-settings.ts';

/** Where the data of a component is; what does not apply is absent. */
export interface ComponentSource {
  /** A folder of the machine. */
  readonly folder?: string;
  /** A secret that says where: the connection URL of a database. */
  readonly secret?: SecretReference;
  readonly bucket?: S3Place;
  readonly table?: string;
}

export interface ComponentFacts<S> {
  /** The host that can read and write such a source. */
  readonly host: 'embedded' | 'aws';
  readonly source: (settings: S) => ComponentSource;
  /**
   * The same settings with every path made absolute.
   *
   * @default they have no path
   */
  readonly withAbsolutePaths?: (settings: S, absolute: (path: string) => string) => S;
  /**
   * Which part of a restore's target is a path of the file system: the text before it, and the path.
   *
   * @default none is
   */
  readonly pathInTarget?: (target: string) => { before: string; path: string } | undefined;
}
