import type { Command } from 'commander';
import type { Session } from '../session.ts';

export const define = (command: Command, session: Session): void => {
  command.argument('<id>', 'the backup, restore or verification that runs').action(async (id: string) => {
    const client = await session.client();
    const answer = await client.post<object>(`/v1/operations/${encodeURIComponent(id)}/cancel`);
    await session.output.result({ id, ...answer.raw }, () => [`${id} is being cancelled`]);
  });
};
