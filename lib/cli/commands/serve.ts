import { type Command, InvalidArgumentError } from 'commander';
import { dataFolder } from '../login/installation.ts';
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
    .option('--port <port>', 'the port to listen on; 0 takes any free one', port, 8484)
    .option('--host <address>', 'the address to listen on (default: this machine only)')
    .option(
      '--admin-token-file <file>',
      "the first start writes the administrator's token there instead of printing it",
    )
    .action((options: ServeOptions) => run(session, options));
};

const run = async (
  { data, environment, output }: Session,
  { config, port, host, adminTokenFile }: ServeOptions,
): Promise<void> => {
  const [{ serve }, { JsonLogger }] = await Promise.all([
    import('../../runtimes/server/serve.ts'),
    import('../../adapters/any/json-logger.ts'),
  ]);
  await serve({
    data: dataFolder(data, environment),
    config,
    port,
    ...(host === undefined ? {} : { host }),
    ...(adminTokenFile === undefined ? {} : { adminTokenFile }),
    log: new JsonLogger(output.json ? { pretty: false, fields: { type: 'log' } } : {}),
    onAdminToken: (token) => {
      output.status({ administratorToken: token });
      output.say(
        "The administrator's token, shown this once:",
        '',
        `  ${token}`,
        '',
        'Keep it for other machines; commands on this machine find a token in the data folder.',
      );
    },
    onListening: async (listening) => {
      const { url, installation, data: folder, components } = listening;
      await output.result({ ...listening }, () => []);
      output.note(
        `Holdfast listens on ${url}`,
        `  installation ${installation}, data in ${folder}`,
        `  ${components.length === 0 ? 'no components are configured' : `components: ${components.join(', ')}`}`,
      );
    },
    onStopping: () => {
      output.status({ state: 'stopping' });
      output.note('stopping');
    },
  });
};
