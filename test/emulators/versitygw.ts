/** versitygw: an S3 gateway over a folder, strict with signatures and checksums. */
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

/** An empty gateway of its own. Versions of objects are kept where a bucket asks for it. */
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
