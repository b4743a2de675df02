/** What to do next when an archive or a key file is not what it should be, or does not open. */
import type { ArchiveErrorCode } from '../../archive/errors.ts';
import { shellWord } from '../../model/text/shell-word.ts';
import { type Failed, idOf, isOfRun, isOfServer, type NextStep, resourceOf } from './failed.ts';

const anotherCopy = (failed: Failed): string =>
  isOfServer(failed) || isOfRun(failed)
    ? 'Restore from another backup ("holdfast backup list"), or put a good copy of the file back and verify it again.'
    : 'Do not rely on it: "holdfast backup download" brings another copy, "holdfast backup verify ID" checks the stored one.';
const NEWER = 'Use a newer version: "holdfast --version" tells this one, docs/upgrade.md how to upgrade.';
const DO_NOT_OPEN = 'Open it nowhere, and ask whoever gave it to you for an archive that Holdfast made.';
const ANOTHER_KEY_FILE =
  'Take another copy of the key file, or download the key again: holdfast key download ID --file FILE';

const wrongKey = (failed: Failed): string =>
  isOfServer(failed) || isOfRun(failed)
    ? `"holdfast backup show ${resourceOf(failed) === 'backups' ? shellWord(idOf(failed)) : 'ID'}" tells which key it was made for, "holdfast key list" which keys there are.`
    : '"holdfast backup inspect --file FILE" tells which key it was made for; give that one.';

export const archiveSteps = {
  archive_not_recognised:
    'Name the file that "holdfast backup download" has written, or the key file for a key.',
  archive_format_unsupported: NEWER,
  archive_cut: anotherCopy,
  archive_damaged: anotherCopy,
  archive_signature_invalid: anotherCopy,
  archive_bomb: DO_NOT_OPEN,
  archive_entry_refused:
    'Choose an empty folder as the target; if it is refused there, too, do not trust the archive.',
  age_malformed: anotherCopy,
  wrong_key: wrongKey,
  wrong_passphrase: 'Give the command again with the right one; nothing else opens it.',
  passphrase_too_costly: '"holdfast recover-script" prints how to open it with the age command.',
  not_in_archive:
    '"holdfast backup contents ID --all" lists what is in it, "holdfast find PATTERN" looks for it in all backups.',
  key_file_not_recognised: 'Name the file that "holdfast key download" has written.',
  key_file_format_unsupported: NEWER,
  key_file_cut: ANOTHER_KEY_FILE,
  key_file_damaged: ANOTHER_KEY_FILE,
} satisfies Record<Exclude<ArchiveErrorCode, 'archive_signer_unknown'>, NextStep>;
