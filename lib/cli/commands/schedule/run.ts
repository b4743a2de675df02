import type { Command } from 'commander';
import * as schedules from '../../../client/calls/schedules.ts';
import { shellWord } from '../../../model/text/shell-word.ts';
import type { Session } from '../../session.ts';
import { visible } from '../../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the schedule').action(async (id: string) => {
    const client = await session.client();
    const backup = await client.ask(schedules.run(id));
    await session.output.result(backup.raw, () => [visible(backup.text('id'))]);
    session.output.note(
      `The backup runs. "holdfast backup show ${shellWord(backup.text('id'))}" shows its progress.`,
    );
  });
};
