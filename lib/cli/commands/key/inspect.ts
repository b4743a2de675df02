import type { Command } from 'commander';
import { readKeyFileAt } from '../../files/key-file.ts';
import type { Session } from '../../session.ts';
import { shownTime } from '../../terminal/shown-time.ts';
import { pairLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  command
    .requiredOption('--file <file>', 'the key file; - reads standard input')
    .action(async ({ file }: { file: string }) => {
      const { facts } = await readKeyFileAt(session, file);
      await session.output.result({ file, ...facts }, () =>
        pairLines([
          ['file', visible(file)],
          ['version', String(facts.format)],
          ['key', visible(facts.keyId)],
          ['scope', facts.scope === 'domain' ? `domain ${visible(facts.domain)}` : facts.scope],
          ['created', shownTime(facts.createdAt)],
          ['hint', visible(facts.hint)],
          ['installation', visible(facts.installation)],
          ['verify key', visible(facts.verifyKey)],
          ['recipient', visible(facts.recipient)],
        ]),
      );
      session.output.note('These facts are proved only when the password of the file opens it.');
    });
};
