/** What to do next when an archive or a key file is not what it should be, or does not open. */
import type { ArchiveErrorCode } from '../../archive/errors.ts';
import { shellWord } from '../../model/text/shell-word.ts';
import { type Failed, idOf, isOfRun, isOfServer, type NextStep, resourceOf } from './failed.ts';

const anotherCopy = (failed: Failed): string =>
  isOfServer(failed) || isOfRun(failed)
    ? 'Restore from another backup ("holdfast backup list"), or put a good copy of the file back and verify it again.'
    : 'Do not rely on this file: "holdfast backup download" downloads another copy, "holdfast backup verify ID" checks the stored one.';
const NEWER =
  'Use a newer version: "holdfast --version" shows this version, and docs/upgrade.md says how to upgrade.';
const DO_NOT_OPEN =
  'Do not open this archive, and ask the person who gave it to you for an archive that Holdfast made.';
const ANOTHER_KEY_FILE =
  'Use another copy of the key file, or download the key again: holdfast key download ID --file FILE';

const wrongKey = (failed: Failed): string =>
  isOfServer(failed) || isOfRun(failed)
    ? `"holdfast backup show ${resourceOf(failed) === 'backups' ? shellWord(idOf(failed)) : 'ID'}" shows which key it was made for, "holdfast key list" shows the keys that exist.`
    : '"holdfast backup inspect --file FILE" shows which key it was made for; use that key.';

export const archiveSteps = {
  archive_not_recognised:
    'Name the file that "holdfast backup download" has written, or the key file for a key.',
  archive_format_unsupported: NEWER,
  archive_cut: anotherCopy,
  archive_damaged: anotherCopy,
  archive_signature_invalid: anotherCopy,
  archive_bomb: DO_NOT_OPEN,
  archive_entry_refused:
    'Choose an empty folder as the target; if the entry is refused there, too, do not trust the archive.',
  age_malformed: anotherCopy,
  wrong_key: wrongKey,
  wrong_passphrase: 'Run the command again with the right one; nothing else opens it.',
  passphrase_too_costly: '"holdfast recover-script" prints the commands that open the archive with age.',
  not_in_archive:
    '"holdfast backup contents ID --all" lists what is in it, "holdfast find PATTERN" looks for it in all backups.',
  key_file_not_recognised: 'Name the file that "holdfast key download" has written.',
  key_file_format_unsupported: NEWER,
  key_file_cut: ANOTHER_KEY_FILE,
  key_file_damaged: ANOTHER_KEY_FILE,
} satisfies Record<Exclude<ArchiveErrorCode, 'archive_signer_unknown'>, NextStep>;
