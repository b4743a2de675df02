/** Programs that tests need, kept between runs outside the repository. */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** `HOLDFAST_TEST_PROGRAMS` names another folder. */
const cacheFolder = (): string =>
  process.env.HOLDFAST_TEST_PROGRAMS ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'holdfast-test-programs');

/** Runs a program to its end. @throws Error with its output when it fails */
export const run = async (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> => {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = Object(error);
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * The folder of a program; when it does not exist, `install` makes it. The folder appears only when complete:
 * when two processes install at once, the first one's folder stays.
 *
 * @param name contains the version, so that another version has another folder
 */
export const installOnce = async (
  name: string,
  install: (folder: string) => Promise<void>,
): Promise<string> => {
  const folder = join(cacheFolder(), name.replace(/[^A-Za-z0-9.=-]+/g, '_'));
  if (await exists(folder)) return folder;
  await mkdir(cacheFolder(), { recursive: true });
  const draft = await mkdtemp(join(cacheFolder(), '.installing-'));
  try {
    await install(draft);
    await rename(draft, folder);
  } catch (error) {
    if (!(await exists(folder))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
};
