/** The functions that answer requests: entry points in lambdas/api. */
import type { FunctionRow } from './function-row.ts';
import { API_SECONDS, acts, actsRemoved, asking, cleaning, ONE_CORE_MB, starting } from './shared.ts';

export const apiRows = {
  authorizer: {
    description: 'Checks the tokens of callers',
    memoryMb: 512,
    timeoutSeconds: 10,
    budgetKb: 1250,
    // It writes down whom it refused, for the audit trail.
    records: { looksUp: ['token', 'session', 'person'], writes: ['auditPending'] },
  },
  'api-backups': {
    description: 'Starts, lists, shows and ends operations',
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: API_SECONDS,
    // It contains the routes of all others, for the OpenAPI document.
    budgetKb: 1900,
    records: {
      writes: [
        ...[...acts, ...asking, ...starting.writes],
        ...(['key', 'deletion', 'retention', 'tokenUse', 'triggerEvent'] as const),
      ],
      removes: [...actsRemoved, ...starting.removes, 'backup'],
    },
    objects: cleaning,
    // A backup whose own tasks open what they read back passes its new key on to them.
    keys: { wraps: ['archive-key', 'operation-key'] },
    starts: ['backup'],
    looksAfterExecutions: true,
    secrets: 'triggers',
  },
  'api-archives': {
    description: 'Opens archives: contents, single files, restores, verifications',
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: API_SECONDS,
    segments: true,
    // It reads single files, like the functions that restore.
    budgetKb: 1800,
    records: {
      writes: [...acts, ...asking, ...starting.writes, 'key', 'passwordAttempts', 'tokenUse'],
      removes: [...actsRemoved, ...starting.removes, 'passwordAttempts'],
    },
    objects: cleaning,
    keys: { wraps: ['operation-key'], unwraps: ['installation', 'archive-key'] },
    starts: ['restore', 'verify', 'reseal'],
    looksAfterExecutions: true,
  },
  'api-keys': {
    description: 'Creates, uploads and hands out backup keys; manages verify keys',
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: API_SECONDS,
    records: {
      writes: [...acts, ...asking, 'key', 'verifyKey', 'passwordAttempts', 'tokenUse', 'domain'],
      removes: [...actsRemoved, 'key', 'verifyKey', 'passwordAttempts', 'domain'],
    },
    keys: { wraps: ['installation'], unwraps: ['installation'], readsPublicKey: true },
  },
  'api-uploads': {
    description: 'Receives uploaded archives, part by part',
    memoryMb: 1024,
    timeoutSeconds: API_SECONDS,
    records: {
      writes: [...acts, ...starting.writes, 'upload', 'uploadPart', 'key', 'tokenUse'],
      removes: [...starting.removes, ...actsRemoved],
    },
    objects: cleaning,
    starts: ['import'],
    looksAfterExecutions: true,
  },
  'api-access': {
    description: 'Manages tokens, people and approvals',
    memoryMb: 1024,
    timeoutSeconds: API_SECONDS,
    // It speaks OpenID Connect with issuers.
    budgetKb: 1800,
    records: {
      writes: [
        ...[...acts, ...asking],
        ...(['auditSeal', 'backupToken', 'token', 'tokenUse', 'session'] as const),
        ...(['person', 'personName', 'passwordAttempts'] as const),
      ],
      removes: [
        ...actsRemoved,
        ...(['token', 'tokenUse', 'session', 'person', 'personName'] as const),
        ...(['passwordAttempts', 'backupToken'] as const),
      ],
    },
    // It signs the end of the audit trail, for an export, and approvals.
    keys: { signs: true },
    secrets: 'issuers',
  },
  'api-schedules': {
    description: 'Manages schedules and shows notices',
    memoryMb: 1024,
    timeoutSeconds: API_SECONDS,
    // It starts backups, and ends any operation whose start fails: a restore by what its tasks have left.
    budgetKb: 1750,
    records: {
      writes: [
        ...[...acts, ...asking],
        ...(['tokenUse', 'notice', 'delivery', 'channel', 'channelAnswer'] as const),
        ...(['schedule', 'storedSchedule'] as const),
      ],
      removes: [...actsRemoved, 'channel', 'channelAnswer', 'schedule', 'storedSchedule'],
    },
    // The addresses that schedules call after each run: lib/operations/schedules/schedule-ping.ts.
    keys: { wraps: ['schedule-ping'] },
    // It tests channels.
    tells: true,
  },
  console: {
    description: 'Serves the files of the page',
    memoryMb: 256,
    timeoutSeconds: 10,
    budgetKb: 30,
    config: 'none',
  },
} as const satisfies Record<string, FunctionRow>;
