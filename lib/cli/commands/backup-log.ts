import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { visible } from '../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the backup').action(async (id: string) => {
    const client = await session.client();
    const log = await client.text(`/v1/backups/${encodeURIComponent(id)}/log`);
    if (session.output.json) await session.output.result({ id, log }, () => []);
    else await session.output.text(process.stdout.isTTY ? linesVisible(log) : log);
  });
};

/** A log names files: on a terminal it must not drive it. */
const linesVisible = (log: string): string => log.split('\n').map(visible).join('\n');
