/** What to do next when a server refuses a request because of the request itself, or of who asks. */
import { shellWord } from '../../model/text/shell-word.ts';
import { type Failed, idOf, isOfRun, isOfServer, type NextStep, resourceOf, textOf } from './failed.ts';
import { listCommandOf } from './list-commands.ts';

const OTHER_VERSION =
  'The server may be of another version: use its version of holdfast ("holdfast --version" shows this version).';

const invalidRequest = ({ details, command }: Failed): string => {
  const several = Array.isArray(details.errors) && details.errors.length > 1;
  return `Correct ${several ? 'what is listed below' : 'that'}; "${command} --help" shows what each option accepts.`;
};

const tooManyAttempts = (failed: Failed): string => {
  const seconds = textOf(failed, 'retryAfterSeconds');
  return `Wait ${seconds === '' ? 'a while' : `${seconds} s`}, then run the command again with the right password.`;
};

const backupTokenRefused = (failed: Failed): string =>
  textOf(failed, 'usableFrom') === ''
    ? 'Set HOLDFAST_BACKUP_TOKEN to your backup token; "holdfast backup-token show" shows whether you have one.'
    : 'Wait until then, or ask the person who runs the host; "holdfast backup-token show" shows the time that is left.';

const approvalRequired = ({ details }: Failed): string =>
  details.approval === null
    ? 'A dry run (--dry-run) or a request for each single action can be approved; "holdfast approval list" shows the requests that wait.'
    : 'Another person approves the request with "holdfast approval approve ID"; then run this command again with --approval ID.';

const approvalStale = (failed: Failed): string =>
  resourceOf(failed) === 'approvals'
    ? `Look at the current state of the request: holdfast approval show ${shellWord(idOf(failed))}`
    : 'Run the command again without --approval: it requests a new approval.';

const dailyLimit = (failed: Failed): string => {
  const nextAt = textOf(failed, 'nextAt');
  return `Wait until ${nextAt || 'tomorrow'}, or ask for a higher "limits.backupsPerDay" in the configuration.`;
};

const notFound = (failed: Failed): string => {
  const command = listCommandOf(resourceOf(failed));
  if (command !== undefined) return `"${command}" shows what there is.`;
  if (isOfRun(failed)) return 'Put it back where it was, and start again.';
  if (!isOfServer(failed)) return 'Check the name, and run the command again.';
  return resourceOf(failed) === 'operations' ? '"holdfast backup status" shows what runs.' : OTHER_VERSION;
};

const operationRunning = ({ details }: Failed): string => {
  const { operation } = details;
  const id = operation instanceof Object && 'id' in operation ? String(operation.id) : '';
  return id === ''
    ? '"holdfast backup status" shows what is running; run the command again when that has ended.'
    : `"holdfast backup status" shows its progress, "holdfast backup cancel ${shellWord(id)}" cancels it.`;
};

const conflict = (failed: Failed): string => {
  const command = listCommandOf(resourceOf(failed));
  if (command !== undefined)
    return `"${command}" shows the current state; run the command again if it is still needed.`;
  return isOfServer(failed)
    ? 'Look at the current state, and run the command again if it is still needed.'
    : 'Commands such as "holdfast backup status" use the server that is already running.';
};

const fileExists = (failed: Failed): string =>
  isOfServer(failed) && resourceOf(failed) === 'backups'
    ? 'Leave --file-name out to get an unused name, or replace the file with --overwrite.'
    : 'Choose another name.';

const notReady = (failed: Failed): string => {
  const replacedBy = textOf(failed, 'replacedBy');
  if (replacedBy !== '') return `Look at its replacement: holdfast backup show ${shellWord(replacedBy)}`;
  switch (resourceOf(failed)) {
    case 'uploads':
      return 'Run the same "holdfast backup upload" again: it sends the missing parts.';
    case 'restores':
      return `"holdfast restore show ${shellWord(idOf(failed))}" shows its progress.`;
    default:
      return `"holdfast backup show ${shellWord(idOf(failed))}" shows its progress.`;
  }
};

const backupHeld = (failed: Failed): string => {
  const lockedUntil = textOf(failed, 'lockedUntil');
  return lockedUntil === ''
    ? 'Ask the person who holds the backup; "holdfast backup release ID" releases it.'
    : `Wait until ${lockedUntil}; "holdfast backup list" shows the other backups.`;
};

const archiveSignerUnknown = (failed: Failed): string =>
  textOf(failed, 'manifestSha256') === ''
    ? 'Compare the verify key with the one that "holdfast verify-key show" shows at the other installation, then trust it: holdfast verify-key import'
    : '--trust, after the id, shows the signer and asks whether to trust it; this trust is for this archive only, once, and is recorded.';

export const requestSteps = {
  invalid_request: invalidRequest,
  unsupported_media_type:
    'Something between here and the server changes requests: set HOLDFAST_URL to the address of the server itself.',
  body_too_large: 'Make the request smaller: use shorter filters, or fewer components.',
  range_not_satisfiable:
    'The stored file is shorter than before: "holdfast backup verify ID" checks whether it is complete.',
  method_not_allowed: OTHER_VERSION,
  unauthorized:
    'Set HOLDFAST_TOKEN to a token of this installation: an administrator makes one with "holdfast token create".',
  forbidden:
    'Ask an administrator for a role that may: "holdfast user update NAME --role ROLE", or for a new token: "holdfast token create"; docs/access.md lists what each role may do.',
  too_many_attempts: tooManyAttempts,
  reauthentication_required: 'Run the command again: it signs in again, which proves your identity.',
  backup_token_refused: backupTokenRefused,
  approval_required: approvalRequired,
  approval_stale: approvalStale,
  daily_limit: dailyLimit,
  not_found: notFound,
  operation_running: operationRunning,
  idempotency_conflict: 'Leave --idempotency-key out, or use a key that was not used within the last day.',
  conflict,
  file_exists: fileExists,
  file_too_large: 'Extract it from the archive instead: holdfast backup extract ID PATH --output FOLDER',
  not_ready: notReady,
  key_in_use:
    '"holdfast backup reseal ID" seals a backup to another key; "holdfast key delete --help" says how to force the deletion.',
  backup_held: backupHeld,
  in_place_unconfirmed: '--dry-run shows first what would change there.',
  in_place_disabled: 'Name another target for each component: --to COMPONENT=TARGET',
  backups_disabled:
    'Ask the person who runs the server to set "backups": true in the configuration and to restart it.',
  restores_disabled:
    '--dry-run still shows what the restore would do; ask the person who runs the server to set "restores": true in the configuration.',
  place_not_allowed:
    'Leave --backup-path out: the archive then goes to the first place of the configuration.',
  archive_signer_unknown: archiveSignerUnknown,
} satisfies Record<string, NextStep>;
