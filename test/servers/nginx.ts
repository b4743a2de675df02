/**
 * Debian's nginx, unpacked but not installed, because its package would start a system service. Kept between
 * runs.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { installOnce, run } from '../tools/install-once.ts';

/** The path of nginx; undefined when it is not available, with a message on standard error. */
export const nginxProgram = async (): Promise<string | undefined> => {
  try {
    const folder = await installOnce('nginx-of-debian', async (draft) => {
      const download = `cd ${JSON.stringify(draft)} && apt-get download nginx`;
      await run('sh', ['-c', `${download} || (apt-get update && ${download})`]);
      const [file = ''] = (await readdir(draft)).filter((name) => name.endsWith('.deb'));
      await run('dpkg', ['-x', join(draft, file), draft]);
      await run(join(draft, 'usr/sbin/nginx'), ['-v']);
    });
    return join(folder, 'usr/sbin/nginx');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\nSKIPPED: tests that need "nginx": ${why}\n`);
    return undefined;
  }
};
