/**
 * Which records each function may write, remove and, where it is trusted least, read. A record's partition is its
 * kind, and IAM compares it: so a function that reads other people's data cannot write itself a token.
 */
import { catalogIndexes } from '../../model/aws-environment.ts';
import { isKindOfRun, type RecordKind } from '../../ports/catalog/catalog.ts';
import { type FunctionName, functionNames } from './function-table.ts';
import type { InstallationFunction } from './installation-function.ts';

type Kinds = readonly RecordKind[];

interface CatalogFunction {
  readonly writes: Kinds;
  /** @default none */
  readonly removes?: Kinds;
  /** @default every kind: what reads keys reads them wrapped, and tokens hashed */
  readonly reads?: Kinds;
}

const operations: Kinds = ['backup', 'restore', 'verification', 'import', 'reseal'];
const traces: Kinds = [
  'run',
  'sealedKey',
  'captureWork',
  'captureGroup',
  'captureSummary',
  'restoreCheckpoint',
  'verifyRange',
  'logChunk',
];

/** Whoever may end any operation: the API and schedules when a start fails or a dead holder is found, and the watch. */
const ending = {
  writes: [...operations, 'event', 'lastBackups'],
  removes: [...traces, 'upload', 'uploadPart', 'deletion'],
} as const satisfies CatalogFunction;
/** Whoever may begin one, too. */
const starting = {
  writes: [...ending.writes, 'run', 'sealedKey', 'idempotency'],
  removes: ending.removes,
} as const satisfies CatalogFunction;

/** What an act that is written down leaves in the catalog: a pending record first, and then its row at the trail's end. */
const acts = ['audit', 'auditBlock', 'auditHead', 'auditPending'] as const satisfies Kinds;
const actsRemoved = ['auditPending'] as const satisfies Kinds;
/** Whoever hands events to their channels. */
const telling = {
  writes: ['event', 'notice', 'delivery', 'channel', 'channelAnswer'],
  removes: ['event'],
} as const satisfies CatalogFunction;

/** What wants approval stores what exactly it wants; who may sign an approval stands in rights.ts. */
const asking = ['approval', 'event'] as const satisfies Kinds;

/** Those without records: one reads tokens, sessions and people alone, one runs before there is anything, one reads nothing. */
const APART = ['authorizer', 'configure', 'console'] as const;
type CatalogFunctionName = Exclude<FunctionName, (typeof APART)[number]>;
const hasRecords = (functionName: FunctionName): functionName is CatalogFunctionName =>
  !APART.some((each) => each === functionName);

const catalogFunctions: Readonly<Record<CatalogFunctionName, CatalogFunction>> = {
  'api-backups': {
    writes: [
      ...acts,
      ...asking,
      ...starting.writes,
      'key',
      'deletion',
      'retention',
      'tokenUse',
      'triggerEvent',
    ],
    removes: [...actsRemoved, ...starting.removes, 'backup'],
  },
  'api-archives': {
    writes: [...acts, ...asking, ...starting.writes, 'key', 'passwordAttempts', 'tokenUse'],
    removes: [...actsRemoved, ...starting.removes, 'passwordAttempts'],
  },
  'api-uploads': {
    writes: [...acts, ...starting.writes, 'upload', 'uploadPart', 'key', 'tokenUse'],
    removes: [...starting.removes, ...actsRemoved],
  },
  'api-keys': {
    writes: [...acts, ...asking, 'key', 'verifyKey', 'passwordAttempts', 'tokenUse', 'domain'],
    removes: [...actsRemoved, 'key', 'verifyKey', 'passwordAttempts', 'domain'],
  },
  'api-access': {
    writes: [
      ...[...acts, ...asking, 'auditSeal', 'backupToken', 'token', 'tokenUse', 'session'],
      ...['person', 'personName', 'passwordAttempts'],
    ] as Kinds,
    removes: [
      ...[...actsRemoved, 'token', 'tokenUse', 'session', 'person', 'personName'],
      ...['passwordAttempts', 'backupToken'],
    ] as Kinds,
  },
  'api-schedules': {
    writes: [
      ...[...acts, ...asking, 'tokenUse', 'notice', 'delivery', 'channel', 'channelAnswer'],
      ...['schedule', 'storedSchedule'],
    ] as Kinds,
    removes: [...actsRemoved, 'channel', 'channelAnswer', 'schedule', 'storedSchedule'],
  },
  'acquire-lock': { writes: operations, reads: operations },
  'plan-backup': {
    writes: ['backup', 'captureWork', 'captureGroup', 'captureSummary', 'logChunk'],
    reads: ['backup', 'captureSummary'],
  },
  capture: {
    writes: ['captureGroup', 'captureSummary', 'logChunk'],
    reads: ['backup', 'captureWork', 'captureGroup', 'captureSummary'],
  },
  'seal-archive': { writes: ['backup', 'logChunk'] },
  'verify-archive': { writes: ['backup', 'verifyRange', 'logChunk'] },
  'complete-backup': {
    writes: ['backup', 'deletion', 'logChunk', 'event', 'lastBackups'],
    removes: [...traces, 'deletion'],
  },
  'open-archive': { writes: ['restore', 'planPage', 'logChunk'] },
  'restore-component': { writes: ['restore', 'restoreCheckpoint', 'logChunk'] },
  'complete-restore': { writes: ['restore', 'event', 'logChunk'], removes: traces },
  'verify-backup': { writes: ['verification', 'verifyRange', 'logChunk'] },
  'complete-verify': { writes: ['verification', 'backup', 'event', 'lastBackups'], removes: traces },
  'verify-upload': { writes: ['import', 'verifyRange', 'logChunk'] },
  'import-archive': { writes: ['import', 'logChunk'] },
  'complete-import': {
    writes: ['import', 'backup', 'event'],
    removes: [...traces, 'upload', 'uploadPart'],
  },
  'reseal-archive': { writes: ['reseal', 'backup', 'logChunk'] },
  'verify-resealed': { writes: ['reseal', 'verifyRange', 'logChunk'] },
  'complete-reseal': { writes: ['reseal', 'backup', 'event', 'lastBackups'], removes: traces },
  'fail-operation': ending,
  notify: telling,
  'scheduled-backup': {
    writes: [...acts, ...starting.writes, 'key', 'schedule', 'storedSchedule'],
    removes: [...starting.removes, ...actsRemoved, 'schedule'],
  },
  'triggered-backup': {
    writes: [...acts, ...starting.writes, 'key', 'triggerEvent'],
    removes: [...starting.removes, ...actsRemoved],
  },
  'execution-ended': {
    writes: [...ending.writes, ...telling.writes],
    removes: [...ending.removes, ...telling.removes],
  },
  sweep: {
    writes: [
      ...acts,
      'auditSeal',
      ...starting.writes,
      ...telling.writes,
      'key',
      'schedule',
      'storedSchedule',
      'triggerEvent',
      'deletion',
      'retention',
    ],
    removes: [
      ...ending.removes,
      'lastBackups',
      'schedule',
      'triggerEvent',
      'audit',
      'auditBlock',
      'auditPending',
      ...telling.removes,
      'notice',
      'delivery',
      'idempotency',
      'passwordAttempts',
      'session',
      'token',
      'tokenUse',
      'approval',
      'backup',
    ],
  },
  'admin-token': { removes: actsRemoved, writes: [...acts, 'backupToken', 'key', 'verifyKey', 'token'] },
};

/** The lock's item lies in a partition of its own. */
const LOCK = 'lock';

const partitionsAre = (partitions: readonly string[]) => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...new Set(partitions)] },
});
const partitionsOf = (kinds: Kinds): string[] =>
  kinds.map((kind) => (isKindOfRun(kind) ? `${kind}#*` : kind));

/** What one function may do to the catalog's table, beside what `grantRights` gives. */
export const grantCatalogRights = (
  functions: Readonly<Record<FunctionName, InstallationFunction>>,
  table: string,
): void => {
  const indexes = catalogIndexes.map(({ name }) => `${table}/index/${name}`);
  functions.authorizer.allow(['dynamodb:GetItem'], [table], partitionsAre(['token', 'session', 'person']));
  // Whom it refused, for the audit trail.
  functions.authorizer.allow(['dynamodb:UpdateItem'], [table], partitionsAre(['auditPending']));
  for (const functionName of functionNames.filter(hasRecords)) {
    const { writes, removes = [], reads } = catalogFunctions[functionName];
    const each = functions[functionName];
    const readable = reads && partitionsAre([...partitionsOf(reads), LOCK]);
    each.allow(['dynamodb:Query'], [table, ...indexes], readable);
    each.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem'], [table], readable);
    each.allow(['dynamodb:UpdateItem'], [table], partitionsAre([...partitionsOf(writes), LOCK]));
    each.allow(['dynamodb:ConditionCheckItem'], [table], partitionsAre([LOCK]));
    if (removes.length > 0)
      each.allow(['dynamodb:DeleteItem'], [table], partitionsAre(partitionsOf(removes)));
  }
};
