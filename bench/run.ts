/**
 * `npm run bench`: the engine against what is used today, in one run, taking turns.
 * `--quick` a twentieth of the data; `--rounds N` (3); `--input NAME` only that one; `--keep` the inputs for the next run.
 * Writes bench/out/results.json and docs/bench.svg (not with --quick).
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contestants, ENGINE_NAME, SHELL_NAME } from './contestants.ts';
import { benchDirectory, cpu, type DirectoryResult, peak, rate } from './directory.ts';
import { makeInputs } from './inputs.ts';
import { plot } from './plot.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    input: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

const work = join(tmpdir(), 'holdfast-bench');
const { present, missing } = contestants();
if (missing.length > 0) console.log(`not installed, not measured: ${missing.join('; ')}`);

const table = (rows: readonly DirectoryResult[]): void => {
  for (const way of ['backup', 'restore'] as const) {
    const base = rows.find(({ contestant }) => contestant === SHELL_NAME);
    console.log(
      `\n${way}: ${rows[0]?.input}, ${((rows[0]?.sourceBytes ?? 0) / 1e6).toFixed(0)} MB, ${rows[0]?.files} files`,
    );
    console.log('                        MB/s  to shell   CPU s  peak MB  stored MB');
    for (const row of rows) {
      const speed = rate(row, way);
      const ratio = base === undefined ? '' : (speed / rate(base, way)).toFixed(2);
      console.log(
        `  ${row.contestant.padEnd(20)}${speed.toFixed(0).padStart(6)}${ratio.padStart(10)}${cpu(row, way).toFixed(2).padStart(8)}${peak(row, way).toFixed(0).padStart(9)}${(row.storedBytes / 1e6).toFixed(0).padStart(11)}`,
      );
    }
  }
  const parts = rows.find(({ contestant }) => contestant === ENGINE_NAME)?.parts;
  if (parts !== undefined) {
    console.log(
      `  of which, in seconds: capture ${parts.captureSeconds.toFixed(2)}, seal ${parts.sealSeconds.toFixed(3)}; verify all bytes afterwards ${parts.verifySeconds.toFixed(2)}`,
    );
  }
};

try {
  const inputs = makeInputs(join(work, 'inputs'), values.quick).filter(
    ({ name }) => values.input === undefined || name === values.input,
  );
  const results = inputs.flatMap((input) => {
    const rows = benchDirectory(input, present, { work, rounds: values.quick ? 1 : Number(values.rounds) });
    table(rows);
    return rows;
  });
  mkdirSync('bench/out', { recursive: true });
  const report = {
    at: new Date().toISOString(),
    node: process.version,
    cores: availableParallelism(),
    quick: values.quick,
    directory: results,
  };
  writeFileSync('bench/out/results.json', `${JSON.stringify(report, undefined, 2)}\n`);
  if (!values.quick && values.input === undefined) writeFileSync('docs/bench.svg', plot(results));
} finally {
  if (!values.keep) rmSync(work, { recursive: true, force: true });
}
