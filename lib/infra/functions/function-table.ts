/** The functions, one for each duty: an entry point of lambdas/, the size it is given, and what workflows try again when it fails. */

/** What statemachines/retriers.json names: some errors, and how often they are tried again. */
export type RetrierName = 'TRANSIENT' | 'THROTTLED' | 'CRASHED' | 'OUT_OF_TIME' | 'LAST_RESORT';

export interface FunctionRow {
  /** 1,769 MB is one whole core; less memory is a share of one. */
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Compresses, encrypts or extracts segments, on threads of its own: the threads' program is bundled beside it. */
  readonly segments?: true;
  /** What the bundle may weigh, threads' program included. A heavier one fails the build. @default USUAL_BUDGET_KB */
  readonly budgetKb?: number;
  readonly description: string;
  /** Of the states of workflows that call it, in this order; what no workflow calls has none. */
  readonly retry?: readonly RetrierName[];
}

/** A step that reads, writes or lists everything in one call: when that takes more time than there is, it would again. */
const WHOLE = ['TRANSIENT', 'THROTTLED', 'CRASHED'] as const;
/** A short step, or one that goes on from its last checkpoint. */
const STEP = [...WHOLE, 'OUT_OF_TIME'] as const;

/** Nearly all of it is the AWS SDK and what reads requests and records. */
export const USUAL_BUDGET_KB = 1700;

const ONE_CORE_MB = 1769;
/** What Lambda allows. A task stops at a checkpoint before, and is called again. */
const LONGEST_SECONDS = 900;
/** The API's integration ends after 30 s: a function that went on would answer nobody. */
const API_SECONDS = 29;

export const functionTable = {
  authorizer: { memoryMb: 512, timeoutSeconds: 10, budgetKb: 1250, description: 'Knows the tokens' },
  'api-backups': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: API_SECONDS,
    // It holds the routes of all others, for the document.
    budgetKb: 1900,
    description: 'Starts, lists, shows and ends operations',
  },
  'api-archives': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: API_SECONDS,
    segments: true,
    // It reads single files, as the functions that restore do.
    budgetKb: 1800,
    description: 'Opens archives: contents, single files, restores, verifications',
  },
  'api-keys': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: API_SECONDS,
    description: 'Backup keys and verify keys: made, brought in, handed out',
  },
  'api-uploads': {
    memoryMb: 1024,
    timeoutSeconds: API_SECONDS,
    description: 'Takes archives in, part by part',
  },
  'api-access': {
    memoryMb: 1024,
    timeoutSeconds: API_SECONDS,
    // It speaks OpenID Connect with issuers.
    budgetKb: 1800,
    description: 'Says who may do what: tokens and approvals',
  },
  'api-schedules': {
    memoryMb: 1024,
    timeoutSeconds: API_SECONDS,
    description: 'Schedules and notices: when each runs, what was told',
  },
  console: { memoryMb: 256, timeoutSeconds: 10, budgetKb: 30, description: 'Hands out the page' },
  'acquire-lock': {
    memoryMb: 512,
    timeoutSeconds: 30,
    description: 'The workflow’s own hold on the lock',
    retry: STEP,
  },
  'plan-backup': {
    memoryMb: 1024,
    timeoutSeconds: LONGEST_SECONDS,
    description: 'Checks the components and cuts the work into tasks',
    retry: WHOLE,
  },
  capture: {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    segments: true,
    budgetKb: 1800,
    description: 'Streams a part of a component into encrypted segments',
    retry: STEP,
  },
  'seal-archive': {
    memoryMb: 1024,
    timeoutSeconds: LONGEST_SECONDS,
    description: 'Joins the segments and signs the manifest',
    retry: WHOLE,
  },
  'verify-archive': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    segments: true,
    description: 'Reads a range of the sealed archive back',
    retry: STEP,
  },
  'complete-backup': {
    memoryMb: 512,
    timeoutSeconds: LONGEST_SECONDS,
    description: 'Ends a backup that went well, in the place of another where it was asked to',
    retry: WHOLE,
  },
  'open-archive': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    segments: true,
    budgetKb: 1800,
    description: 'Checks an archive and plans its restore',
    retry: WHOLE,
  },
  'restore-component': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    segments: true,
    budgetKb: 1800,
    description: 'Restores one component',
    retry: STEP,
  },
  'complete-restore': {
    memoryMb: 512,
    timeoutSeconds: 300,
    description: 'Ends a restore',
    retry: STEP,
  },
  'verify-backup': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    segments: true,
    description: 'Verifies a range of an archive on request',
    retry: STEP,
  },
  'complete-verify': {
    memoryMb: 512,
    timeoutSeconds: 300,
    description: 'Ends a verification that went well',
    retry: STEP,
  },
  'verify-upload': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    description: 'Verifies a range of an uploaded archive',
    retry: STEP,
  },
  'import-archive': {
    memoryMb: 1024,
    timeoutSeconds: LONGEST_SECONDS,
    description: 'Puts an uploaded archive in its place',
    retry: WHOLE,
  },
  'complete-import': {
    memoryMb: 512,
    timeoutSeconds: 300,
    description: 'Ends an import that went well',
    retry: STEP,
  },
  'reseal-archive': {
    memoryMb: 1024,
    timeoutSeconds: LONGEST_SECONDS,
    description: 'Seals an archive to another backup key',
    retry: WHOLE,
  },
  'verify-resealed': {
    memoryMb: ONE_CORE_MB,
    timeoutSeconds: LONGEST_SECONDS,
    description: 'Reads a range of a re-sealed archive back',
    retry: STEP,
  },
  'complete-reseal': {
    memoryMb: 512,
    timeoutSeconds: 300,
    description: 'Ends a re-seal that went well',
    retry: STEP,
  },
  'fail-operation': {
    memoryMb: 512,
    timeoutSeconds: 300,
    description: 'The one failure path of every workflow',
    retry: ['LAST_RESORT'],
  },
  notify: {
    memoryMb: 512,
    timeoutSeconds: 300,
    description: 'Drains the outbox',
    retry: STEP,
  },
  'scheduled-backup': {
    memoryMb: 512,
    timeoutSeconds: 60,
    description: 'Begins a backup when its schedule says so',
  },
  'triggered-backup': {
    memoryMb: 512,
    timeoutSeconds: 60,
    description: 'Begins a backup when an event or a message asks for one',
  },
  'execution-ended': {
    memoryMb: 512,
    timeoutSeconds: 300,
    description: 'Ends the operation of an execution that was stopped, failed or timed out',
  },
  sweep: {
    memoryMb: 512,
    timeoutSeconds: 280,
    description: 'Puts right what a crash may have left, and says how the installation stands',
  },
  'admin-token': {
    memoryMb: 512,
    timeoutSeconds: 60,
    description: 'Makes the first administrator’s token; invoked by hand, with IAM',
  },
  configure: {
    memoryMb: 512,
    timeoutSeconds: 120,
    budgetKb: 1250,
    description: 'Keeps the configuration, when it is deployed',
  },
} as const satisfies Record<string, FunctionRow>;

export type FunctionName = keyof typeof functionTable;
export const functionNames = Object.keys(functionTable) as FunctionName[];

/** `AcquireLock`, as a definition names it, is the function acquire-lock. */
export const asFunctionName = (functionName: string): string =>
  functionName.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase();

/** The function that a definition names so. Undefined when there is none. */
export const functionOfDefinition = (written: string): FunctionName | undefined =>
  functionNames.find((name) => name === asFunctionName(written));
