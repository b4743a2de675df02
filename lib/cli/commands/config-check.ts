import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Session } from '../session.ts';
import { countOf } from '../terminal/quantities.ts';

interface CheckOptions {
  readonly config: string;
  readonly host: 'embedded' | 'aws';
}

export const define = (command: Command, session: Session): void => {
  command
    .option('--config <file>', 'the configuration', 'holdfast.config.json')
    .addOption(
      new Option('--host <host>', 'where it is to run').choices(['embedded', 'aws']).default('embedded'),
    )
    .action(async ({ config: path, host }: CheckOptions) => {
      // The very reading that "serve" begins with: what is in order here starts there.
      const [{ loadConfig, readConfig }, { dataFolder }] = await Promise.all([
        import('../../hosts/embedded/load-config.ts'),
        import('../requests/installation.ts'),
      ]);
      const { installation, ...config } = await (host === 'aws'
        ? readConfig(path)
        : loadConfig(path, dataFolder(session.data, session.environment)));
      const counts = { components: config.components.length, schedules: config.schedules.length };
      await session.output.result({ file: resolve(path), installation, ...counts }, () => [
        `${path} is in order: installation ${installation}, ` +
          `${countOf(counts.components, 'component')}, ${countOf(counts.schedules, 'schedule')}`,
      ]);
    });
};
