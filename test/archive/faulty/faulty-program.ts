/** Runs programs that try random trees on a failing file system, each as a separate process. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface FaultyCases {
  /** The number of cases by outcome. */
  readonly counts: Readonly<Record<string, number>>;
  /** One line for each case with a fault, and the program's own error messages. */
  readonly faults: readonly string[];
}

export const runFaulty = async (
  program: 'captures' | 'restores',
  seed: number,
  count: number,
): Promise<FaultyCases> => {
  const preload = ['--disable-warning=ExperimentalWarning', '--import', pathOf('./faulty-files.js')];
  const args = [...preload, pathOf(`./faulty-${program}-program.ts`), String(seed), String(count)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, told] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const lines = out.trim().split('\n');
  const counts: unknown = JSON.parse(lines.pop() || '{}');
  const isCount = (entry: [string, unknown]): entry is [string, number] => typeof entry[1] === 'number';
  return {
    counts: Object.fromEntries(Object.entries(counts ?? {}).filter(isCount)),
    faults: told === '' ? lines : [...lines, told],
  };
};
