import type { KindOfOperation } from '../engine/kind-of-operation.ts';
import { endImport } from './end-import.ts';

export const importKind: KindOfOperation<'import'> = {
  end: endImport,
  tell: ({ signature }) =>
    signature === 'unknown-signer'
      ? ['its signer is not known here: a restore is refused until its verify key is imported']
      : [],
  nextSteps: {
    succeeded: ({ backupId }) => [
      'The archive was verified and is listed with the others:',
      `  holdfast backup show ${backupId}`,
    ],
    failed: () => [
      'It is not listed as a backup. The upload is kept for a day: check the file that was sent, and upload it again.',
    ],
    cancelled: () => ['It is not listed as a backup. It can be uploaded again.'],
  },
};
