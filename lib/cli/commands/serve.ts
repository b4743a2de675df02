import { type Command, InvalidArgumentError } from 'commander';
import { dataFolder } from '../requests/installation.ts';
import type { Session } from '../session.ts';

interface ServeOptions {
  readonly config: string;
  readonly port: number;
  readonly host?: string;
  readonly adminTokenFile?: string;
}

const port = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('It is not a port: 0 to 65535.');
  return Number(text);
};

export const define = (command: Command, session: Session): void => {
  command
    .option('--config <file>', 'the configuration', 'holdfast.config.json')
    .option('--port <port>', 'to listen on; 0 takes any that is free', port, 8484)
    .option('--host <address>', 'to listen on (default: this machine only)')
    .option(
      '--admin-token-file <file>',
      "the first start writes the administrator's token there instead of printing it",
    )
    .action(async ({ config, port, host, adminTokenFile }: ServeOptions) => {
      const { serve } = await import('../../hosts/embedded/serve.ts');
      await serve({
        data: dataFolder(session.data, session.environment),
        config,
        port,
        ...(host === undefined ? {} : { host }),
        ...(adminTokenFile === undefined ? {} : { adminTokenFile }),
      });
    });
};
