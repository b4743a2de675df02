/**
 * Which records each function may write, remove and, where it is trusted least, read. A record's partition is its
 * kind, and IAM compares it: so a function that reads other people's data cannot write itself a token.
 */
import { catalogIndexes } from '../model/aws-environment.ts';
import { isKindOfRun, type RecordKind } from '../ports/catalog.ts';
import { type DutyName, dutyNames } from './duties.ts';
import type { DutyFunction } from './duty-function.ts';

type Kinds = readonly RecordKind[];

interface CatalogDuty {
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
  'logChunk',
];

/** Whoever may end any operation: the API and schedules when a start fails or a dead holder is found, and the watch. */
const ending = {
  writes: [...operations, 'event'],
  removes: [...traces, 'upload', 'uploadPart'],
} as const satisfies CatalogDuty;
/** Whoever may begin one, too. */
const starting = {
  writes: [...ending.writes, 'run', 'sealedKey', 'idempotency'],
  removes: ending.removes,
} as const satisfies CatalogDuty;

const catalogDuties: Readonly<Record<Exclude<DutyName, 'authorizer'>, CatalogDuty>> = {
  'api-backups': {
    writes: [...starting.writes, 'key', 'deletion'],
    removes: [...starting.removes, 'backup', 'deletion'],
  },
  'api-archives': {
    writes: [...starting.writes, 'key', 'passwordAttempts'],
    removes: [...starting.removes, 'passwordAttempts'],
  },
  'api-uploads': { writes: [...starting.writes, 'upload', 'uploadPart', 'key'], removes: starting.removes },
  'api-keys': {
    writes: ['key', 'verifyKey', 'passwordAttempts'],
    removes: ['key', 'verifyKey', 'passwordAttempts'],
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
  'verify-archive': { writes: ['backup', 'logChunk'] },
  'complete-backup': { writes: ['backup', 'event'], removes: traces },
  'open-archive': { writes: ['restore', 'planPage', 'logChunk'] },
  'restore-component': { writes: ['restore', 'restoreCheckpoint', 'logChunk'] },
  'complete-restore': { writes: ['restore', 'event', 'logChunk'], removes: traces },
  'verify-backup': { writes: ['verification', 'backup', 'logChunk'] },
  'complete-verify': { writes: ['verification', 'event'], removes: traces },
  'import-archive': { writes: ['import', 'logChunk'] },
  'complete-import': {
    writes: ['import', 'backup', 'event'],
    removes: [...traces, 'upload', 'uploadPart'],
  },
  'reseal-archive': { writes: ['reseal', 'backup', 'logChunk'] },
  'verify-resealed': { writes: ['reseal', 'backup', 'logChunk'] },
  'complete-reseal': { writes: ['reseal', 'backup', 'event'], removes: traces },
  'fail-operation': ending,
  notify: { writes: ['event'], removes: ['event'] },
  'scheduled-backup': { writes: [...starting.writes, 'key'], removes: starting.removes },
  'execution-ended': { writes: ending.writes, removes: [...ending.removes, 'event'] },
  sweep: {
    writes: [...ending.writes, 'schedule'],
    removes: [...ending.removes, 'event', 'idempotency', 'passwordAttempts', 'backup', 'deletion'],
  },
  'admin-token': { writes: ['key', 'verifyKey', 'token'] },
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
  functions: Readonly<Record<DutyName, DutyFunction>>,
  table: string,
): void => {
  const indexes = catalogIndexes.map(({ name }) => `${table}/index/${name}`);
  const { authorizer, ...others } = functions;
  authorizer.allow(['dynamodb:GetItem'], [table], partitionsAre(['token']));
  for (const duty of dutyNames) {
    if (duty === 'authorizer') continue;
    const { writes, removes = [], reads } = catalogDuties[duty];
    const each = others[duty];
    const readable = reads && partitionsAre([...partitionsOf(reads), LOCK]);
    each.allow(['dynamodb:Query'], [table, ...indexes], readable);
    each.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem'], [table], readable);
    each.allow(['dynamodb:UpdateItem'], [table], partitionsAre([...partitionsOf(writes), LOCK]));
    each.allow(['dynamodb:ConditionCheckItem'], [table], partitionsAre([LOCK]));
    if (removes.length > 0)
      each.allow(['dynamodb:DeleteItem'], [table], partitionsAre(partitionsOf(removes)));
  }
};
