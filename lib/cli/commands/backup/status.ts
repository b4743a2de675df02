import type { Command } from 'commander';
import * as installation from '../../../client/calls/installation.ts';
import type { Operation } from '../../../model/records/operation.ts';
import { Answer } from '../../requests/answer.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { colouredState } from '../../terminal/state-colour.ts';
import { pairLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

interface Told extends Operation {
  readonly state: string;
  readonly shortError: string;
  readonly completedAt: string | null;
}

export const define = (command: Command, session: Session): void => {
  command.action(async () => {
    const status = await (await session.client()).ask(installation.status());
    await session.output.result(status.raw, () => {
      const now = status.has('operation')
        ? operationText(new Answer(status.part('operation').raw))
        : 'nothing runs';
      const last = status.has('last') ? operationText(new Answer(status.part('last').raw)) : '';
      return pairLines([
        ['state', visible(status.text('state'))],
        ['now', now],
        ['last', last],
      ]);
    });
  });
};

const operationText = (operation: Answer<Told>): string => {
  const [id, backupId] = [operation.text('id'), operation.text('backupId')];
  const about = backupId === '' || backupId === id ? '' : ` of ${visible(backupId)}`;
  const parts = [
    `${visible(operation.text('kind'))} ${visible(id)}${about}`,
    `started ${shownTime(operation.text('startedAt'))}`,
    colouredState(operation.text('state')),
    operation.has('completedAt') ? `ended ${shownTime(operation.text('completedAt'))}` : '',
    visible(operation.text('shortError')),
  ];
  return parts.filter((part) => part.trim() !== '').join(', ');
};
