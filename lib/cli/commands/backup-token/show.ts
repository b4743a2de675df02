import type { Command } from 'commander';
import * as people from '../../../client/calls/people.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';

export const define = (command: Command, session: Session): void => {
  command.action(async () => {
    const client = await session.client();
    const view = await client.ask(people.backupToken());
    await session.output.result(view.raw, () => [
      view.flag('required')
        ? 'This installation requires a backup token for creating, downloading and restoring backups.'
        : 'This installation does not require a backup token.',
      !view.has('createdAt')
        ? 'You have none.'
        : view.flag('usable')
          ? `You have one, created at ${shownTime(view.text('createdAt'))}.`
          : `You have one, which can be used from ${shownTime(view.text('usableFrom'))} on.`,
    ]);
  });
};
