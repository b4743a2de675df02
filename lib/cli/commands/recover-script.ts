import type { Command } from 'commander';
import type { Session } from '../session.ts';

const HELP = `
One script for every archive of format 1, whichever version made it: bash, tar, age,
zstd and openssl do the rest. Its first lines say how to run it. Prefer it to the
RECOVER.md in an archive: that text is of whoever made the archive.`;

export const define = (command: Command, session: Session): void => {
  command.addHelpText('after', HELP).action(async () => {
    const { recoverScript } = await import('../../archive/writer/recover.ts');
    const script = recoverScript();
    if (session.output.json) await session.output.result({ script }, () => []);
    else await session.output.text(script);
  });
};
