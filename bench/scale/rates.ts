/** The figures of docs/scale.md: measured rates, and prices and quotas that AWS publishes. */
import { SEGMENT_BYTES } from '../../lib/adapters/aws/aws-host.ts';

export const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Measured or read; docs/scale.md says where. */
export const rates = {
  /** MiB/s of network a function sustains, whatever its memory. */
  functionMiBPerSecond: 70,
  /** Source bytes for each byte of archive, of a mixed tree. */
  compression: 3,
  /** MB/s one core compresses, encrypts and hashes (zstd level 1). */
  coreMBPerSecond: 257,
  /** Seconds a task works before it stops at a checkpoint: Lambda's 900 less the reserve. */
  usefulSeconds: 840,
  segmentBytes: SEGMENT_BYTES,
  /** One UploadPartCopy of a segment, a request within S3: assumed. */
  copySeconds: 0.25,
  /** One LIST of 1,000 keys: assumed. */
  listSeconds: 0.15,
  /** Bytes of a checkpoint's record in the catalog. */
  checkpointBytes: 10_000,
  /**
   * Bytes of memory for each segment while an archive is sealed: its record, its piece, its line of the manifest in
   * several forms. Measured with 320,000 segments.
   */
  sealBytesPerSegment: 2_500,
  /** Bytes of memory beside that: Node.js, the SDK, the parts that are gathered. */
  sealBytesBeside: 700_000_000,
  /** Bytes of a member in the manifest: as JSON, its name, size and hash. */
  memberBytes: 180,
  /** Items a second that one function writes to a table. */
  itemsPerSecond: 10_000,
  /** Bytes that Step Functions and the functions write of one call to their logs. */
  logBytesPerCall: 12_000,
} as const;

/** US dollars, us-east-1, November 2026, list prices. */
export const prices = {
  /** Lambda, arm64. */
  gbSecond: 0.000_013_333_4,
  invocation: 0.000_000_2,
  stateTransition: 0.000_025,
  s3Put: 0.000_005,
  s3Get: 0.000_000_4,
  /** DynamoDB on demand. */
  dynamoWrite: 0.000_000_625,
  dynamoRead: 0.000_000_125,
  exportGb: 0.1,
  storageGbMonth: 0.023,
  logGb: 0.5,
} as const;

/** Published quotas of AWS. */
export const quotas = {
  concurrency: 1000,
  objectBytes: 50e12,
  /** For one partition of a table, and so for one run's records. */
  writeUnitsPerSecond: 1000,
  /** For all items of one partition, in a table that has local indexes. */
  collectionBytes: 10 * GIB,
  /** For an account's tables on demand, unless a higher quota was requested. */
  readUnitsPerSecond: 40_000,
} as const;
