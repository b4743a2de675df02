/** What several rows have in common: sizes, and sets of records that belong together. */
import type { ObjectRight, RecordKinds, RecordRights } from './function-row.ts';

/** Nearly all of it is the AWS SDK and what reads requests and records. */
export const USUAL_BUDGET_KB = 1700;
export const ONE_CORE_MB = 1769;
/** What Lambda allows. A task stops at a checkpoint before, and is called again. */
export const LONGEST_SECONDS = 900;
/** The API's integration ends after 30 s: a function that went on would answer nobody. */
export const API_SECONDS = 29;

/** A step that reads, writes or lists everything in one call: when that takes more time than there is, it would again. */
export const WHOLE = ['TRANSIENT', 'THROTTLED', 'CRASHED'] as const;
/** A short step, or one that goes on from its last checkpoint. */
export const STEP = [...WHOLE, 'OUT_OF_TIME'] as const;

export const operations = [
  'backup',
  'restore',
  'verification',
  'import',
  'reseal',
] as const satisfies RecordKinds;

/** What a run leaves while it goes on, and what its end removes. */
export const traces = [
  'run',
  'sealedKey',
  'captureWork',
  'captureGroup',
  'captureSummary',
  'restoreCheckpoint',
  'verifyRange',
  'logChunk',
] as const satisfies RecordKinds;

/** Whoever may end any operation: the API and schedules when a start fails or a dead holder is found, and the watch. */
export const ending = {
  writes: [...operations, 'event', 'lastBackups'],
  removes: [...traces, 'upload', 'uploadPart', 'deletion'],
} as const satisfies RecordRights;
/** Whoever may begin one, too. */
export const starting = {
  writes: [...ending.writes, 'run', 'sealedKey', 'idempotency'],
  removes: ending.removes,
} as const satisfies RecordRights;
/** Whoever hands events to their channels. */
export const telling = {
  writes: ['event', 'notice', 'delivery', 'channel', 'channelAnswer'],
  removes: ['event'],
} as const satisfies RecordRights;

/** What an act that is written down leaves in the catalog: a pending record first, and then its row at the trail's end. */
export const acts = ['audit', 'auditBlock', 'auditHead', 'auditPending'] as const satisfies RecordKinds;
export const actsRemoved = ['auditPending'] as const satisfies RecordKinds;

/** What wants approval stores what exactly it wants; only `api-access` may sign an approval. */
export const asking = ['approval', 'event'] as const satisfies RecordKinds;

/** Whoever ends an operation that came to nothing removes all that it has written. */
export const cleaning = [
  'read archives',
  'join archives',
  'remove archives',
  'clear pieces',
] as const satisfies readonly ObjectRight[];
