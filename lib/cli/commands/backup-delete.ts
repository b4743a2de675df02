import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { Failure, usageFailure } from '../failure.ts';
import type { Session } from '../session.ts';

interface DeleteOptions {
  readonly yes?: true;
}

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'the backup')
    .option('-y, --yes', 'do not ask')
    .action(async (id: string, { yes }: DeleteOptions) => {
      const client = await session.client();
      const path = `/v1/backups/${encodeURIComponent(id)}`;
      if (yes !== true) {
        // Asking about what is not there would be a trick question.
        await client.get(path);
        await confirm(`Delete the backup ${id} and its archive for good? [y/N] `);
      }
      await client.remove(path);
      await session.output.result({ id, deleted: true }, () => [`${id} is deleted`]);
    });
};

const confirm = async (question: string): Promise<void> => {
  if (!process.stdin.isTTY) throw usageFailure('deleting wants a yes', 'Add --yes.');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (/^y(es)?$/i.test((await lines.question(question)).trim())) return;
  } finally {
    lines.close();
  }
  throw new Failure('cancelled', 'nothing was deleted');
};
