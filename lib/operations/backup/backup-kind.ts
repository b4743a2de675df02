import type { KindOfOperation } from '../engine/kind-of-operation.ts';
import { componentLines } from '../engine/outcome-event.ts';
import { endBackup } from './end-backup.ts';

export const backupKind: KindOfOperation<'backup'> = {
  end: endBackup,
  tell: ({ archiveBytes, fileName, sourceBytes, entries, components }) => [
    ...(archiveBytes === 0
      ? []
      : [`archive: ${fileName}, ${archiveBytes} bytes from ${sourceBytes} bytes in ${entries} entries`]),
    ...componentLines(components),
  ],
  nextSteps: {
    succeeded: () => ['Nothing to do: the archive was read back and verified.'],
    partial: ({ backupId }) => [
      'The archive is complete and verified, but some entries are not in it. See which, and why:',
      `  holdfast backup show ${backupId}`,
    ],
    failed: ({ backupId }) => [
      'There is NO archive of this backup. See what failed, and start again when that is fixed:',
      `  holdfast backup show ${backupId}`,
      '  holdfast backup create --wait',
    ],
    cancelled: () => [
      'There is no archive of this backup. To start another:',
      '  holdfast backup create --wait',
    ],
  },
};
