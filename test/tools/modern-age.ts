/**
 * age 1.3, the first version with post-quantum keys; Debian 12 has 1.1.1. It is built once from source when a
 * suitable Go is available; otherwise the tests that need it are skipped with a message.
 */
import { installOnce, run } from './install-once.ts';

const VERSION = 'v1.3.1';

/**
 * The folder of `age` and `age-keygen`; undefined when they are not available, with a message on standard
 * error.
 */
export const installModernAge = async (): Promise<string | undefined> => {
  try {
    return await installOnce(`age-${VERSION}`, async (folder) => {
      for (const command of ['age', 'age-keygen'])
        await run('go', ['install', `filippo.io/age/cmd/${command}@${VERSION}`], {
          GOBIN: folder,
          CGO_ENABLED: '0',
        });
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\nSKIPPED: tests that need age 1.3, which is built with Go: ${why}\n`);
    return undefined;
  }
};
