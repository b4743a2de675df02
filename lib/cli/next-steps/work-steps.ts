/** What to do next when the work itself failed, on the server or here. */
import { shellWord } from '../../model/text/shell-word.ts';
import { type Failed, isOfRun, isOfServer, type NextStep, textOf } from './failed.ts';

const incompatibleVersion = (failed: Failed): string =>
  isOfServer(failed)
    ? '--force skips this check, and the record says that it was used.'
    : 'Use a version of Holdfast, or of the target, that is as new; docs/upgrade.md says what each version can read.';

const restoreRefused = (failed: Failed): string =>
  isOfRun(failed)
    ? 'Name another target: --to COMPONENT=TARGET'
    : '--dry-run lists what is refused; --to COMPONENT=TARGET names another target.';

const placeUnwritable = (failed: Failed): string =>
  isOfServer(failed) || isOfRun(failed)
    ? 'Give the user that the server runs as the right to write there, or name another place with --backup-path.'
    : 'Name another place, or give yourself the right to write to this one.';

const storageFull = (failed: Failed): string =>
  isOfServer(failed) || isOfRun(failed)
    ? '"holdfast backup list" shows which backups take room, "holdfast backup delete ID" deletes one.'
    : 'Free some room on this machine, or name a place on another disk.';

const configInvalid = (failed: Failed): string => {
  const file = textOf(failed, 'file');
  if (file !== '') return `Correct the file, and check it: holdfast config check --config ${shellWord(file)}`;
  return isOfServer(failed)
    ? 'Ask the person who runs the server to correct its configuration and to restart it.'
    : 'Correct the cause, and run the command again.';
};

const internal = (failed: Failed): string =>
  isOfServer(failed) || isOfRun(failed)
    ? 'Look at the log of the server around this time, and report it as a fault of Holdfast with the lines that you find there.'
    : 'Report it as a fault of Holdfast, with the lines below.';

export const workSteps = {
  incompatible_version: incompatibleVersion,
  restore_refused: restoreRefused,
  archive_mismatch:
    'Put the right file back, or use another backup: "holdfast backup list" shows them, "holdfast backup verify ID" checks one.',
  place_unwritable: placeUnwritable,
  component_unavailable:
    'Correct the cause, and start again; "holdfast component list" shows what is backed up and from where.',
  component_failed: 'Correct the cause, and start again.',
  tool_missing: 'Install it on the machine of the server, and start again.',
  storage_full: storageFull,
  interrupted: 'Start it again; "holdfast backup list" shows the earlier backups, which have not changed.',
  cancelled: 'Run the command again if you did not want to cancel it.',
  fence_lost: '"holdfast backup status" shows what is running now; start again when that has ended.',
  unavailable: 'Try again later; if that does not help, look at the log of the server.',
  internal,
  config_invalid: configInvalid,
} satisfies Record<string, NextStep>;
