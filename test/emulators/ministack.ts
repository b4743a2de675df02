/** MiniStack: many services of AWS in one Python process; runs Node Lambdas with the `node` of the PATH. */
import { join } from 'node:path';
import { installOnce, run } from './install-once.ts';
import { type Emulator, runEmulator } from './run-emulator.ts';
import { versions } from './versions.ts';

const python = (folder: string): string => join(folder, 'venv', 'bin', 'python');

export const installMinistack = (): Promise<string> => {
  const { requirements } = versions.ministack;
  return installOnce(requirements.join('-'), async (folder) => {
    await run('python3', ['-m', 'venv', join(folder, 'venv')]);
    await run(python(folder), ['-m', 'pip', 'install', '--quiet', '--no-input', ...requirements]);
  });
};

export interface MinistackOptions {
  /** More of its variables, such as `LAMBDA_WARM_TTL_SECONDS`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** An empty MiniStack of its own. */
export const startMinistack = async ({ env = {} }: MinistackOptions = {}): Promise<Emulator> => {
  const program = python(await installMinistack());
  return runEmulator('ministack', (folder, port) => ({
    program,
    args: ['-m', 'ministack'],
    env: {
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: '127.0.0.1',
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      TMPDIR: folder,
      S3_DATA_DIR: join(folder, 's3'),
      STATE_DIR: join(folder, 'state'),
      ...env,
    },
    readyPath: '/_ministack/health',
  }));
};
