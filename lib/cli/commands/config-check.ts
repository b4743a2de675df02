import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isSystemError } from '../../model/errors.ts';
import { Failure } from '../requests/failure.ts';
import type { Session } from '../session.ts';
import { countOf } from '../terminal/quantities.ts';

interface CheckOptions {
  readonly config: string;
}

export const define = (command: Command, session: Session): void => {
  command
    .option('--config <file>', 'the configuration', 'holdfast.config.json')
    .action(async ({ config: path }: CheckOptions) => {
      const { configSchema } = await import('../../model/config.ts');
      const { success, data, error } = configSchema.safeParse(await readJson(path));
      if (!success) {
        const errors = error.issues.map(({ path: at, message }) => ({ path: at.join('.'), message }));
        throw new Failure('config_invalid', `${path} is not a configuration of Holdfast`, {
          lines: errors.map(({ path: at, message }) => (at === '' ? message : `${at}: ${message}`)),
          details: { file: resolve(path), errors },
        });
      }
      const counts = { components: data.components.length, schedules: data.schedules.length };
      await session.output.result({ file: resolve(path), installation: data.installation, ...counts }, () => [
        `${path} is in order: installation ${data.installation}, ` +
          `${countOf(counts.components, 'component')}, ${countOf(counts.schedules, 'schedule')}`,
      ]);
    });
};

const readJson = async (path: string): Promise<unknown> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (isSystemError(cause, 'ENOENT'))
      throw new Failure('not_found', `there is no file ${resolve(path)}`, { cause });
    throw new Failure(
      'config_invalid',
      `${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure(
      'config_invalid',
      `${path} is not JSON: ${cause instanceof Error ? cause.message : cause}`,
    );
  }
};
