/** What to do next when the work itself failed, on the server or here. */
import { shellWord } from '../../model/text/shell-word.ts';
import { type Failed, isOfRun, isOfServer, type NextStep, textOf } from './failed.ts';

const incompatibleVersion = (failed: Failed): string =>
  isOfServer(failed)
    ? '--force passes this check, and is recorded.'
    : 'Use a version of Holdfast, or of the target, that is as new; docs/upgrade.md tells how versions follow each other.';

const restoreRefused = (failed: Failed): string =>
  isOfRun(failed)
    ? 'Name another target: --to COMPONENT=TARGET'
    : '--dry-run lists what is refused; --to COMPONENT=TARGET names another target.';

const placeUnwritable = (failed: Failed): string =>
  isOfServer(failed) || isOfRun(failed)
    ? 'Let the user that the server runs as write there, or name another place with --backup-path.'
    : 'Name another place, or let yourself write to this one.';

const storageFull = (failed: Failed): string =>
  isOfServer(failed) || isOfRun(failed)
    ? '"holdfast backup list" shows what takes room, "holdfast backup delete ID" frees it.'
    : 'Free some room on this machine, or name a place on another disk.';

const configInvalid = (failed: Failed): string => {
  const file = textOf(failed, 'file');
  if (file !== '') return `Correct the file, and check it: holdfast config check --config ${shellWord(file)}`;
  return isOfServer(failed)
    ? 'Whoever runs the server corrects its configuration and starts it again.'
    : 'Correct that, and give the command again.';
};

const internal = (failed: Failed): string =>
  isOfServer(failed) || isOfRun(failed)
    ? 'Look at the log of the server around this time, and report it as a fault of Holdfast with what it says.'
    : 'Report it as a fault of Holdfast, with the lines that follow.';

export const workSteps = {
  incompatible_version: incompatibleVersion,
  restore_refused: restoreRefused,
  archive_mismatch:
    'Bring the right file back or take another backup: "holdfast backup list" shows them, "holdfast backup verify ID" checks one.',
  place_unwritable: placeUnwritable,
  component_unavailable:
    'Correct that, and start again; "holdfast component list" shows what is backed up and from where.',
  component_failed: 'Correct that, and start again.',
  tool_missing: 'Install it on the machine of the server, and start again.',
  storage_full: storageFull,
  interrupted: 'Start it again; "holdfast backup list" shows the earlier backups, which nothing touched.',
  cancelled: 'Give the command again if that was not meant.',
  fence_lost: '"holdfast backup status" tells what runs now; start again when it has ended.',
  unavailable: 'Try again in a while; if that does not help, look at the log of the server.',
  internal,
  config_invalid: configInvalid,
} satisfies Record<string, NextStep>;
