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
      'The archive opens with its new key now; the former one is no longer needed for it:',
      `  holdfast backup show ${backupId}`,
    ],
    failed: ({ backupId }) => [
      'The archive is whole, under the key it had or under the new one. See which; it can be tried again:',
      `  holdfast backup show ${backupId}`,
    ],
    cancelled: ({ backupId }) => [
      'The archive is whole, under the key it had or under the new one. See which:',
      `  holdfast backup show ${backupId}`,
    ],
  },
};
