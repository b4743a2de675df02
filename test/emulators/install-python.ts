import { join } from 'node:path';
import { installOnce, run } from '../tools/install-once.ts';

const python = (folder: string): string => join(folder, 'venv', 'bin', 'python');

/** Installs PyPI packages into a virtual environment; returns the path of its Python. */
export const installPython = async (requirements: readonly string[]): Promise<string> => {
  const folder = await installOnce(requirements.join('-'), async (draft) => {
    await run('python3', ['-m', 'venv', join(draft, 'venv')]);
    await run(python(draft), ['-m', 'pip', 'install', '--quiet', '--no-input', ...requirements]);
  });
  return python(folder);
};
