/** versitygw: an S3 gateway over a folder; it checks signatures and checksums strictly. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { installOnce, run } from '../tools/install-once.ts';
import { testCredentials, testRegion } from './credentials.ts';
import { type Emulator, runEmulator } from './run-emulator.ts';
import { versions } from './versions.ts';

export const installVersitygw = (): Promise<string> => {
  const { module } = versions.versitygw;
  return installOnce(module, async (folder) => {
    await run('go', ['install', module], { GOBIN: folder, CGO_ENABLED: '0' });
  });
};

/** Starts a new empty gateway. It keeps versions of objects when a bucket enables them. */
export const startVersitygw = async (): Promise<Emulator> => {
  const program = join(await installVersitygw(), 'versitygw');
  const { accessKeyId, secretAccessKey } = testCredentials;
  return runEmulator('versitygw', async (folder, port) => {
    const [objects, versions] = [join(folder, 'objects'), join(folder, 'versions')];
    for (const made of [objects, versions]) await mkdir(made);
    return {
      program,
      args: [
        ...['--port', `127.0.0.1:${port}`, '--region', testRegion, '--health', '/health'],
        ...['posix', '--versioning-dir', versions, objects],
      ],
      env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
      readyPath: '/health',
    };
  });
};
