import type { ComponentRestore } from '../../model/records/restore.ts';
import type { KindOfOperation } from '../engine/kind-of-operation.ts';
import { componentLines, trustedLines } from '../engine/outcome-event.ts';
import { endRestore } from './end-restore.ts';

export const restoreKind: KindOfOperation<'restore'> = {
  end: endRestore,
  tell: ({ dryRun, trustedSigner, force, createdBy, components }) =>
    dryRun
      ? undefined
      : [
          ...trustedLines(trustedSigner),
          ...(force ? [`the version check was overridden with force, by ${createdBy}`] : []),
          ...componentLines(components),
          ...Object.entries(components).flatMap(([id, { bitsLeftOut }]) => bitLines(id, bitsLeftOut)),
        ],
  nextSteps: {
    succeeded: ({ operationId }) => [
      'See what was restored, and what must be restarted now:',
      `  holdfast restore show ${operationId}`,
    ],
    partial: ({ operationId }) => [
      'Some entries were not restored. See which, and why:',
      `  holdfast restore show ${operationId}`,
    ],
    failed: ({ operationId }) => [
      'The target may have a part of the entries. See how far the restore came; it can be run again:',
      `  holdfast restore show ${operationId}`,
    ],
    cancelled: ({ operationId }) => [
      'The target may have a part of the entries. See how far the restore came:',
      `  holdfast restore show ${operationId}`,
    ],
  },
};

const bitLines = (id: string, left: ComponentRestore['bitsLeftOut']): string[] =>
  left === undefined
    ? []
    : [
        `component ${id}: setuid and setgid were left out of ${left.count}`,
        ...left.paths.slice(0, 10).map((path) => `    ${JSON.stringify(path)}`),
      ];
