/** The functions that events, timers, deployments and administrators call: entry points in lambdas/events. */
import type { FunctionRow } from './function-row.ts';
import { acts, actsRemoved, cleaning, ending, starting, telling } from './shared.ts';

export const eventRows = {
  'scheduled-backup': {
    description: 'Starts a backup when its schedule is due',
    memoryMb: 512,
    timeoutSeconds: 60,
    deadLetters: true,
    records: {
      writes: [...acts, ...starting.writes, 'key', 'schedule', 'storedSchedule'],
      removes: [...starting.removes, ...actsRemoved, 'schedule'],
    },
    objects: cleaning,
    keys: { wraps: ['operation-key'] },
    starts: ['backup'],
    looksAfterExecutions: true,
  },
  'triggered-backup': {
    description: 'Starts a backup for an event or a message of a trigger',
    memoryMb: 512,
    timeoutSeconds: 60,
    deadLetters: true,
    records: {
      writes: [...acts, ...starting.writes, 'key', 'triggerEvent'],
      removes: [...starting.removes, ...actsRemoved],
    },
    objects: cleaning,
    starts: ['backup'],
    looksAfterExecutions: true,
  },
  'execution-ended': {
    description: 'Ends the operation of an execution that was stopped, failed or timed out',
    memoryMb: 512,
    timeoutSeconds: 300,
    deadLetters: true,
    records: {
      writes: [...ending.writes, ...telling.writes],
      removes: [...ending.removes, ...telling.removes],
    },
    objects: cleaning,
    looksAfterExecutions: true,
    tells: true,
  },
  sweep: {
    description: 'Repairs what a crash may have left, and reports the state of the installation',
    memoryMb: 512,
    timeoutSeconds: 280,
    deadLetters: true,
    records: {
      writes: [
        ...[...acts, ...starting.writes, ...telling.writes],
        ...(['auditSeal', 'key', 'schedule', 'storedSchedule'] as const),
        ...(['triggerEvent', 'deletion', 'retention'] as const),
      ],
      removes: [
        ...[...ending.removes, ...telling.removes],
        ...(['lastBackups', 'schedule', 'triggerEvent', 'audit', 'auditBlock', 'auditPending'] as const),
        ...(['notice', 'delivery', 'idempotency', 'passwordAttempts', 'session'] as const),
        ...(['token', 'tokenUse', 'approval', 'backup'] as const),
      ],
    },
    objects: cleaning,
    // It signs the end of the audit trail, daily.
    keys: { wraps: ['operation-key'], signs: true, describes: true },
    // It begins backups for which no timer called in time.
    starts: ['backup'],
    looksAfterExecutions: true,
    tells: true,
  },
  'admin-token': {
    description: 'Creates the first administrator’s token; invoked by hand, with IAM',
    memoryMb: 512,
    timeoutSeconds: 60,
    records: { writes: [...acts, 'backupToken', 'key', 'verifyKey', 'token'], removes: actsRemoved },
    keys: { wraps: ['installation'], readsPublicKey: true },
  },
  configure: {
    description: 'Stores the configuration when it is deployed',
    memoryMb: 512,
    timeoutSeconds: 120,
    budgetKb: 1250,
    config: 'write',
  },
} as const satisfies Record<string, FunctionRow>;
