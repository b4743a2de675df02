import type { Command } from 'commander';
import type { Operation } from '../../../model/records/operation.ts';
import type { Answer } from '../../requests/answer.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { colouredState } from '../../terminal/state-colour.ts';
import { pairLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

/** GET /v1/status. */
interface Status {
  state: string;
  operation: ToldOperation | null;
  last: ToldOperation | null;
}
interface ToldOperation extends Operation {
  state: string;
  shortError: string;
  completedAt: string | null;
}

export const define = (command: Command, session: Session): void => {
  command.action(async () => {
    const status = await (await session.client()).get<Status>('/v1/status');
    await session.output.result(status.raw, () => {
      const now = status.has('operation') ? operationText(status.part('operation')) : 'nothing runs';
      const last = status.has('last') ? operationText(status.part('last')) : '';
      return pairLines([
        ['state', visible(status.text('state'))],
        ['now', now],
        ['last', last],
      ]);
    });
  });
};

const operationText = (operation: Answer<ToldOperation>): string => {
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
