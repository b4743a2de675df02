/** What several rows share: sizes, and sets of records that belong together. */
import type { ObjectRight, RecordKinds, RecordRights } from './function-row.ts';

/** The usual limit of a bundle: nearly all of it is the AWS SDK and the schemas of requests and records. */
export const USUAL_BUDGET_KB = 1700;
export const ONE_CORE_MB = 1769;
/** The longest run that Lambda allows. A task stops at a checkpoint before that, and is called again. */
export const LONGEST_SECONDS = 900;
/** The API's integration ends after 30 s: a longer run could not answer. */
export const API_SECONDS = 29;

/** For a step that reads, writes or lists everything in one call: if it ran out of time once, it would do so again. */
export const WHOLE = ['TRANSIENT', 'THROTTLED', 'CRASHED'] as const;
/** For a short step, or one that continues from its last checkpoint. */
export const STEP = [...WHOLE, 'OUT_OF_TIME'] as const;

export const operations = [
  'backup',
  'restore',
  'verification',
  'import',
  'reseal',
] as const satisfies RecordKinds;

/** Records that a run writes and its end removes. */
export const traces = [
  'run',
  'sealedKey',
  'capturePlan',
  'captureWork',
  'captureGroup',
  'captureSummary',
  'restoreCheckpoint',
  'verifyRange',
  'joining',
  'logChunk',
] as const satisfies RecordKinds;

/**
 * For functions that may end any operation: the API and schedules when a start fails or a dead holder is found, and the
 * watch.
 */
export const ending = {
  writes: [...operations, 'event', 'lastBackups'],
  removes: [...traces, 'upload', 'uploadPart', 'deletion'],
} as const satisfies RecordRights;
/** For functions that may also begin one. */
export const starting = {
  writes: [...ending.writes, 'run', 'sealedKey', 'idempotency'],
  removes: ending.removes,
} as const satisfies RecordRights;
/** For functions that deliver events to their channels. */
export const telling = {
  writes: ['event', 'notice', 'delivery', 'channel', 'channelAnswer'],
  removes: ['event'],
} as const satisfies RecordRights;

/** Records of an act in the audit trail: first a pending record, and then its row at the trail's end. */
export const acts = ['audit', 'auditBlock', 'auditHead', 'auditPending'] as const satisfies RecordKinds;
export const actsRemoved = ['auditPending'] as const satisfies RecordKinds;

/** For functions that store requests for approval; only `api-access` may sign an approval. */
export const asking = ['approval', 'event'] as const satisfies RecordKinds;

/** For functions that end a failed operation, and remove everything that it has written. */
export const cleaning = [
  'read archives',
  'join archives',
  'remove archives',
  'clear pieces',
] as const satisfies readonly ObjectRight[];
