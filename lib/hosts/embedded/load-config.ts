import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Config, configSchema } from '../../model/config.ts';
import { HoldfastError, isSystemError } from '../../model/errors.ts';

/**
 * Reads `holdfast.config.json`. Paths in it are relative to the file's own folder.
 *
 * @throws `config_invalid`, naming every field that is wrong.
 */
export const loadConfig = async (path: string): Promise<Config> => {
  const parsed = configSchema.safeParse(await readJson(path));
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path: at, message }) =>
      at.length === 0 ? message : `${at.join('.')}: ${message}`,
    );
    throw new HoldfastError(
      'config_invalid',
      `${path} is not a configuration of Holdfast: ${lines.join('; ')}`,
    );
  }
  return withAbsolutePaths(parsed.data, dirname(resolve(path)));
};

const readJson = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (thrown) {
    if (isSystemError(thrown, 'ENOENT'))
      throw new HoldfastError(
        'config_invalid',
        `there is no file ${resolve(path)}: write one that lists what to back up (see the README), or name it with --config`,
      );
    throw new HoldfastError(
      'config_invalid',
      `${path} cannot be read as JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
};

const withAbsolutePaths = (config: Config, folder: string): Config => ({
  ...config,
  backupPaths: config.backupPaths.map((path) => resolve(folder, path)),
  components: config.components.map((component) => {
    if (component.kind === 'directory') return { ...component, path: resolve(folder, component.path) };
    if (component.kind === 'postgres' && 'file' in component.url)
      return { ...component, url: { file: resolve(folder, component.url.file) } };
    return component;
  }),
});
