import type { KindOfOperation } from '../engine/kind-of-operation.ts';
import { trustedLines } from '../engine/outcome-event.ts';
import { endReseal } from './end-reseal.ts';

export const resealKind: KindOfOperation<'reseal'> = {
  end: endReseal,
  tell: ({ trustedSigner, keyId, from }) => [
    ...trustedLines(trustedSigner),
    `sealed to backup key: ${keyId} (before: ${from.mode})`,
  ],
  nextSteps: {
    succeeded: ({ backupId }) => [
      'The archive now opens with its new key, and no longer needs the previous one:',
      `  holdfast backup show ${backupId}`,
    ],
    failed: ({ backupId }) => [
      'The archive is complete, under its previous key or under the new one. See which, and then try again:',
      `  holdfast backup show ${backupId}`,
    ],
    cancelled: ({ backupId }) => [
      'The archive is complete, under its previous key or under the new one. See which:',
      `  holdfast backup show ${backupId}`,
    ],
  },
};
