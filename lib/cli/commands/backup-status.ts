import type { Command } from 'commander';
import type { Operation } from '../../model/records.ts';
import type { Answer } from '../answer.ts';
import { formatInstant } from '../quantities.ts';
import type { Session } from '../session.ts';
import { colouredState } from '../state-colour.ts';
import { pairLines } from '../table.ts';
import { visible } from '../visible-text.ts';

/** GET /v1/status. */
interface Status {
  state: string;
  operation: ToldOperation | null;
  last: ToldOperation | null;
}
interface ToldOperation extends Operation {
  state: string;
  step: string;
  shortError: string;
  progress: { step: string };
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
  const { id, backupId } = { id: operation.text('id'), backupId: operation.text('backupId') };
  const about = backupId === '' || backupId === id ? '' : ` of ${visible(backupId)}`;
  const step = operation.part('progress').text('step') || operation.text('step');
  const parts = [
    `${visible(operation.text('kind'))} ${visible(id)}${about}`,
    operation.has('startedAt') ? `started ${formatInstant(operation.text('startedAt'))}` : '',
    colouredState(operation.text('state')),
    operation.text('state') === 'IN_PROGRESS' ? visible(step) : '',
    visible(operation.text('shortError')),
  ];
  return parts.filter((part) => part.trim() !== '').join(', ');
};
