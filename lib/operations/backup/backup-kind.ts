import type { KindOfOperation } from '../engine/kind-of-operation.ts';
import { componentLines } from '../engine/outcome-event.ts';
import { endBackup } from './end-backup.ts';

export const backupKind: KindOfOperation<'backup'> = {
  end: endBackup,
  tell: ({ archiveBytes, fileName, sourceBytes, entries, components }) => [
    ...(archiveBytes === 0
      ? []
      : [`archive: ${fileName}, ${archiveBytes} bytes from ${sourceBytes} in ${entries} entries`]),
    ...componentLines(components),
  ],
  nextSteps: {
    succeeded: () => ['Nothing to do: the archive was read back and verified.'],
    partial: ({ backupId }) => [
      'The archive is whole and verified, but some things are not in it. See which, and why:',
      `  holdfast backup show ${backupId}`,
    ],
    failed: ({ backupId }) => [
      'There is NO archive of this run. See what failed, and start again when it is put right:',
      `  holdfast backup show ${backupId}`,
      '  holdfast backup create --wait',
    ],
    cancelled: () => [
      'There is no archive of this run. To start another:',
      '  holdfast backup create --wait',
    ],
  },
};
