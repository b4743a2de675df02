/**
 * age 1.3, the first that knows post-quantum keys; Debian 12 has 1.1.1. Built from its source, once, where there is a Go
 * for that; otherwise the tests that need it are skipped, and say so.
 */
import { installOnce, run } from './install-once.ts';

const VERSION = 'v1.3.1';

/** The folder of `age` and `age-keygen`; undefined where they cannot be had, which is said on standard error. */
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
