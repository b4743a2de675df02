/** One function per duty: an entry point of lambdas/, and the size it is given. */

export interface Duty {
  /** 1,769 MB is one whole core; less memory is a share of one. */
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Compresses, encrypts or extracts segments, on threads of its own: the threads' program is bundled beside it. */
  readonly segments?: true;
  /** What the bundle may weigh, threads' program included. A heavier one fails the build. */
  readonly budgetKb: number;
  readonly description: string;
}

const ONE_CORE_MB = 1769;
/** What Lambda allows. A task stops at a checkpoint before, and is called again. */
const LONGEST_SECONDS = 900;
/** The API's integration ends after 30 s: a function that went on would answer nobody. */
const API_SECONDS = 29;

export const duties = {
  authorizer: { memoryMb: 512, timeoutSeconds: 10, budgetKb: 1250, description: 'Knows the tokens' },
  'api-backups': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: API_SECONDS,
    budgetKb: 1700,
    description: 'Starts, lists, shows and ends operations',
  },
  'api-archives': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: API_SECONDS,
    budgetKb: 1700,
    description: 'Opens archives: contents, restores, verifications',
  },
  'api-keys': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: API_SECONDS,
    budgetKb: 1700,
    description: 'Backup keys and verify keys: made, brought in, handed out',
  },
  'api-uploads': {
    memoryMb: 1024,
    timeoutSeconds: API_SECONDS,
    budgetKb: 1700,
    description: 'Takes archives in, part by part',
  },
  'acquire-lock': {
    memoryMb: 512,
    timeoutSeconds: 30,
    budgetKb: 1700,
    description: 'The workflow’s own hold on the lock',
  },
  'plan-backup': {
    memoryMb: 1024,
    timeoutSeconds: LONGEST_SECONDS,
    budgetKb: 1700,
    description: 'Checks the components and cuts the work into tasks',
  },
  capture: {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    segments: true,
    budgetKb: 1800,
    description: 'Streams a part of a component into encrypted segments',
  },
  'seal-archive': {
    memoryMb: 1024,
    timeoutSeconds: LONGEST_SECONDS,
    budgetKb: 1700,
    description: 'Joins the segments and signs the manifest',
  },
  'verify-archive': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    segments: true,
    budgetKb: 1700,
    description: 'Reads the sealed archive back',
  },
  'complete-backup': {
    memoryMb: 512,
    timeoutSeconds: LONGEST_SECONDS,
    budgetKb: 1700,
    description: 'Ends a backup that went well, in the place of another where it was asked to',
  },
  'open-archive': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    segments: true,
    budgetKb: 1800,
    description: 'Checks an archive and plans its restore',
  },
  'restore-component': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    segments: true,
    budgetKb: 1800,
    description: 'Restores one component',
  },
  'complete-restore': { memoryMb: 512, timeoutSeconds: 300, budgetKb: 1700, description: 'Ends a restore' },
  'verify-backup': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    segments: true,
    budgetKb: 1700,
    description: 'Verifies an archive on request',
  },
  'complete-verify': {
    memoryMb: 512,
    timeoutSeconds: 300,
    budgetKb: 1700,
    description: 'Ends a verification that went well',
  },
  'import-archive': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    budgetKb: 1700,
    description: 'Verifies an uploaded archive and puts it in its place',
  },
  'complete-import': {
    memoryMb: 512,
    timeoutSeconds: 300,
    budgetKb: 1700,
    description: 'Ends an import that went well',
  },
  'reseal-archive': {
    memoryMb: 1024,
    timeoutSeconds: LONGEST_SECONDS,
    budgetKb: 1700,
    description: 'Seals an archive to another backup key',
  },
  'verify-resealed': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    budgetKb: 1700,
    description: 'Reads a re-sealed archive back',
  },
  'complete-reseal': {
    memoryMb: 512,
    timeoutSeconds: 300,
    budgetKb: 1700,
    description: 'Ends a re-seal that went well',
  },
  'fail-operation': {
    memoryMb: 512,
    timeoutSeconds: 300,
    budgetKb: 1700,
    description: 'The one failure path of every workflow',
  },
  notify: { memoryMb: 512, timeoutSeconds: 300, budgetKb: 1700, description: 'Drains the outbox' },
  'scheduled-backup': {
    memoryMb: 512,
    timeoutSeconds: 60,
    budgetKb: 1700,
    description: 'Begins a backup when its schedule says so',
  },
  'execution-ended': {
    memoryMb: 512,
    timeoutSeconds: 300,
    budgetKb: 1700,
    description: 'Ends the operation of an execution that was stopped, failed or timed out',
  },
  sweep: {
    memoryMb: 512,
    timeoutSeconds: 280,
    budgetKb: 1700,
    description: 'Puts right what a crash may have left, and says how the installation stands',
  },
  'admin-token': {
    memoryMb: 512,
    timeoutSeconds: 60,
    budgetKb: 1700,
    description: 'Makes the first administrator’s token; invoked by hand, with IAM',
  },
} as const satisfies Record<string, Duty>;

export type DutyName = keyof typeof duties;
export const dutyNames = Object.keys(duties) as DutyName[];
