import type { Command } from 'commander';
import { dataFolder } from '../../login/installation.ts';
import type { Session } from '../../session.ts';
import { visible } from '../../terminal/visible-text.ts';

export const define = (command: Command, session: Session): void => {
  command
    .argument('<id>', 'whose backup token: the whole id of an API token, as "token list" shows it')
    .action(async (id: string) => {
      const [{ allowBackupToken }, { JsonLogger }] = await Promise.all([
        import('../../../runtimes/server/allow-backup-token.ts'),
        import('../../../adapters/any/json-logger.ts'),
      ]);
      const folder = dataFolder(session.data, session.environment);
      const { name, usableFrom } = await allowBackupToken(folder, id, new JsonLogger({ pretty: false }));
      await session.output.result({ id, name, usableFrom }, () => [
        `The backup token of ${visible(name)} can be used now. The audit trail shows who ended the wait.`,
      ]);
    });
};
