/** MiniStack: many AWS services in one Python process; it runs Node Lambdas with the `node` of the PATH. */
import { join } from 'node:path';
import { installPython } from './install-python.ts';
import { type Emulator, runEmulator } from './run-emulator.ts';
import { versions } from './versions.ts';

export const installMinistack = (): Promise<string> => installPython(versions.ministack.requirements);

export interface MinistackOptions {
  /** Further variables for MiniStack, such as `LAMBDA_WARM_TTL_SECONDS`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a new empty MiniStack. */
export const startMinistack = async ({ env = {} }: MinistackOptions = {}): Promise<Emulator> => {
  const program = await installMinistack();
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
