/** What to do next when a server refuses a request because of the request itself, or of who asks. */
import { shellWord } from '../../model/text/shell-word.ts';
import { type Failed, idOf, isOfRun, isOfServer, type NextStep, resourceOf, textOf } from './failed.ts';
import { listCommandOf } from './list-commands.ts';

const OTHER_VERSION =
  'The server may be of another version: use its version of holdfast ("holdfast --version" tells this one).';

const invalidRequest = ({ details, command }: Failed): string => {
  const several = Array.isArray(details.errors) && details.errors.length > 1;
  return `Correct ${several ? 'what is listed below' : 'that'}; "${command} --help" tells what each option takes.`;
};

const tooManyAttempts = (failed: Failed): string => {
  const seconds = textOf(failed, 'retryAfterSeconds');
  return `Wait ${seconds === '' ? 'a while' : `${seconds} s`}, then give the command again with the right password.`;
};

const backupTokenRefused = (failed: Failed): string =>
  textOf(failed, 'usableFrom') === ''
    ? 'Set HOLDFAST_BACKUP_TOKEN to your backup token; "holdfast backup-token show" tells whether you have one.'
    : 'Wait until then, or ask whoever runs the host; "holdfast backup-token show" tells how long it still takes.';

const approvalRequired = ({ details }: Failed): string =>
  details.approval === null
    ? 'A dry run (--dry-run) or a request for each single act can be approved; "holdfast approval list" shows what waits.'
    : 'A person approves with "holdfast approval approve ID"; then give this command --approval ID.';

const approvalStale = (failed: Failed): string =>
  resourceOf(failed) === 'approvals'
    ? `Look at the request as it is now: holdfast approval show ${shellWord(idOf(failed))}`
    : 'Give the command again without --approval: it asks for a new approval.';

const dailyLimit = (failed: Failed): string => {
  const nextAt = textOf(failed, 'nextAt');
  return `Wait until ${nextAt || 'tomorrow'}, or have "limits.backupsPerDay" of the configuration raised.`;
};

const notFound = (failed: Failed): string => {
  const command = listCommandOf(resourceOf(failed));
  if (command !== undefined) return `"${command}" shows what there is.`;
  if (isOfRun(failed)) return 'Put it back where it was, and start again.';
  if (!isOfServer(failed)) return 'Check the name, and give the command again.';
  return resourceOf(failed) === 'operations' ? '"holdfast backup status" tells what runs.' : OTHER_VERSION;
};

const operationRunning = ({ details }: Failed): string => {
  const { operation } = details;
  const id = operation instanceof Object && 'id' in operation ? String(operation.id) : '';
  return id === ''
    ? '"holdfast backup status" tells what runs and when it has ended; give the command again then.'
    : `"holdfast backup status" tells how it stands, "holdfast backup cancel ${shellWord(id)}" ends it.`;
};

const conflict = (failed: Failed): string => {
  const command = listCommandOf(resourceOf(failed));
  if (command !== undefined)
    return `"${command}" shows what is there now; give the command again if it still fits.`;
  return isOfServer(failed)
    ? 'Look at what is there now, and give the command again if it still fits.'
    : 'Commands such as "holdfast backup status" talk to the one that runs.';
};

const fileExists = (failed: Failed): string =>
  isOfServer(failed) && resourceOf(failed) === 'backups'
    ? 'Leave --file-name out for a name that is free, or replace the file with --overwrite.'
    : 'Choose another name.';

const notReady = (failed: Failed): string => {
  const replacedBy = textOf(failed, 'replacedBy');
  if (replacedBy !== '') return `Look at that one: holdfast backup show ${shellWord(replacedBy)}`;
  switch (resourceOf(failed)) {
    case 'uploads':
      return 'Give the same "holdfast backup upload" again: it sends what is missing.';
    case 'restores':
      return `"holdfast restore show ${shellWord(idOf(failed))}" tells how it stands.`;
    default:
      return `"holdfast backup show ${shellWord(idOf(failed))}" tells how it stands.`;
  }
};

const backupHeld = (failed: Failed): string => {
  const lockedUntil = textOf(failed, 'lockedUntil');
  return lockedUntil === ''
    ? 'Ask whoever holds it; "holdfast backup release ID" lets it go.'
    : `Wait until ${lockedUntil}; "holdfast backup list" shows the other backups.`;
};

const archiveSignerUnknown = (failed: Failed): string =>
  textOf(failed, 'manifestSha256') === ''
    ? 'Compare the verify key with what "holdfast verify-key show" says there, then trust it: holdfast verify-key import'
    : '--trust, behind the id, shows the signer and asks; what it trusts is this one archive, once, and is recorded.';

export const requestSteps = {
  invalid_request: invalidRequest,
  unsupported_media_type:
    'Something between here and the server changes requests: set HOLDFAST_URL to its own address.',
  body_too_large: 'Name less in one request: shorter filters, or fewer components.',
  range_not_satisfiable:
    'The stored file is shorter than it was: "holdfast backup verify ID" tells whether it is whole.',
  method_not_allowed: OTHER_VERSION,
  unauthorized:
    'Set HOLDFAST_TOKEN to a token of this installation: an administrator makes one with "holdfast token create".',
  forbidden:
    'An administrator gives a role that may: "holdfast user update NAME --role ROLE", or a new token with "holdfast token create"; docs/access.md lists what each role may.',
  too_many_attempts: tooManyAttempts,
  reauthentication_required: 'Give the command again: it signs in anew, and so proves who you are.',
  backup_token_refused: backupTokenRefused,
  approval_required: approvalRequired,
  approval_stale: approvalStale,
  daily_limit: dailyLimit,
  not_found: notFound,
  operation_running: operationRunning,
  idempotency_conflict: 'Leave --idempotency-key out, or give one that was not used within the last day.',
  conflict,
  file_exists: fileExists,
  file_too_large: 'Get it from the archive instead: holdfast backup extract ID PATH --output FOLDER',
  not_ready: notReady,
  key_in_use:
    '"holdfast backup reseal ID" seals a backup to another key; "holdfast key delete --help" tells how to force it.',
  backup_held: backupHeld,
  in_place_unconfirmed: '--dry-run tells first what would change there.',
  in_place_disabled: 'Name another target for each component: --to COMPONENT=TARGET',
  backups_disabled: 'Whoever runs the server sets "backups": true in the configuration and starts it again.',
  restores_disabled:
    '--dry-run still tells what it would do; whoever runs the server sets "restores": true in the configuration.',
  place_not_allowed:
    'Leave --backup-path out: the archive then goes to the first place of the configuration.',
  archive_signer_unknown: archiveSignerUnknown,
} satisfies Record<string, NextStep>;
