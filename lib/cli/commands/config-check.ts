import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Config } from '../../model/config/config.ts';
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
      new Option('--host <host>', 'the host on which it will run')
        .choices(['embedded', 'aws'])
        .default('embedded'),
    )
    .action(async ({ config: path, host }: CheckOptions) => {
      const { config, warnings } = await (host === 'aws' ? checkedForAws(path) : checkedHere(path, session));
      const { installation } = config;
      for (const warning of warnings) session.output.warning(warning);
      const counts = { components: config.components.length, schedules: config.schedules.length };
      await session.output.result({ file: resolve(path), installation, ...counts, warnings }, () => [
        `${path} is valid: installation ${installation}, ` +
          `${countOf(counts.components, 'component')}, ${countOf(counts.schedules, 'schedule')}`,
      ]);
    });
};

interface Checked {
  readonly config: Config;
  /** Warnings: what the configuration names but is not found now, or is perhaps a mistake. */
  readonly warnings: readonly string[];
}

/** Reads the configuration as "serve" does at its start: with the same faults and the same warnings. */
const checkedHere = async (path: string, { data, environment }: Session): Promise<Checked> => {
  const [{ loadConfig }, { configWarnings }, { EnvSecrets }, { dataFolder }] = await Promise.all([
    import('../../runtimes/server/load-config.ts'),
    import('../../runtimes/server/config-warnings.ts'),
    import('../../adapters/local/env-secrets.ts'),
    import('../login/installation.ts'),
  ]);
  const config = await loadConfig(path, dataFolder(data, environment));
  const warnings: string[] = [];
  const log = {
    warn: (message: string, { file }: Readonly<Record<string, unknown>> = {}) => {
      warnings.push(`${message}: ${String(file)}`);
    },
  };
  const secrets = new EnvSecrets({ log, env: environment });
  return { config, warnings: [...(await configWarnings(config, { secrets, now: new Date() })), ...warnings] };
};

/** Gives the faults and warnings of the synthesis. */
const checkedForAws = async (path: string): Promise<Checked> => {
  const [{ loadAwsConfig }, { awsWarnings }] = await Promise.all([
    import('../../runtimes/server/load-config.ts'),
    import('../../model/config/aws-config.ts'),
  ]);
  const config = await loadAwsConfig(path);
  return { config, warnings: awsWarnings(config, new Date()) };
};
