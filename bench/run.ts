/**
 * `npm run bench`: the engine compared with the tools of today, in one run, taking turns. `--quick` a twentieth of the
 * data; `--rounds N` (3); `--input NAME` only that one; `--work DIR` a folder to work in, whose inputs are kept for the
 * next run. Writes bench/out/results.json and docs/bench.svg (not with --quick).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { accessTable, measureAccess } from './access.ts';
import { bundleEngine } from './bundle-engine.ts';
import { contestants, ENGINE_NAME, SHELL_NAME } from './contestants.ts';
import { benchDirectory, cpu, type DirectoryResult, peak, rate } from './directory.ts';
import { makeInputs } from './inputs.ts';
import { type InstallationFigures, measureInstallation } from './installation.ts';
import { listTable, measureLists } from './lists.ts';
import { measurePage, pageTable } from './page.ts';
import { plot } from './plot.ts';
import { measureWholePath, type WholePathFigures } from './whole-path.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    input: { type: 'string' },
    work: { type: 'string' },
  },
});

const work = values.work ?? mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
const { present, missing } = contestants(bundleEngine(join(work, 'engine')));
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

const wholePathTable = (rows: readonly WholePathFigures[]): void => {
  console.log(
    `\nthe whole path, from the request to the verified archive, beside ${SHELL_NAME} synced to the same disk`,
  );
  console.log(
    '                 backup s  shell s  times as fast   restore s  shell s  times as fast  peak MB: backup     all',
  );
  for (const row of rows)
    console.log(
      `  ${row.input.padEnd(14)}${row.backupSeconds.toFixed(2).padStart(9)}${row.shellBackupSeconds.toFixed(2).padStart(9)}${row.backupRatio.toFixed(2).padStart(15)}${row.restoreSeconds.toFixed(2).padStart(12)}${row.shellRestoreSeconds.toFixed(2).padStart(9)}${row.restoreRatio.toFixed(2).padStart(15)}${String(row.backupPeakMegabytes).padStart(17)}${String(row.peakMegabytes).padStart(8)}`,
    );
};

const installationTable = (figures: InstallationFigures): void => {
  const { firstStart, nextStart } = figures;
  console.log('\nan embedded installation');
  console.log(
    `  start of the server                ${nextStart.milliseconds.toFixed(0)} ms, the very first one ${firstStart.milliseconds.toFixed(0)} ms`,
  );
  console.log(
    `  one small file, POST to SUCCESS    ${figures.oneFileMilliseconds.toFixed(0)} ms, the first one ${figures.firstFileMilliseconds.toFixed(0)} ms`,
  );
  console.log(
    `  first page of 10,000 backups       ${figures.listMilliseconds.toFixed(1)} ms, the slowest ${figures.listSlowestMilliseconds.toFixed(1)} ms`,
  );
  console.log(
    `  memory of the idle server          ${nextStart.idleMegabytes} MB, ${firstStart.idleMegabytes} MB at the very first start, ${figures.idleAfterBackupMegabytes} MB after backups`,
  );
};

try {
  const inputs = makeInputs(join(work, 'inputs'), values.quick).filter(
    ({ name }) => values.input === undefined || name === values.input,
  );
  const results = inputs.flatMap((input) => {
    const rows = benchDirectory(input, present, { rounds: values.quick ? 1 : Number(values.rounds) });
    table(rows);
    return rows;
  });
  // Runs first, since the next benches measure servers whose code is compiled already.
  const cache = join(work, 'cache');
  const installation = await measureInstallation(cache);
  const shell = present.find(({ name }) => name === SHELL_NAME);
  const wholePath: WholePathFigures[] = [];
  for (const input of inputs)
    if (shell !== undefined)
      wholePath.push(
        await measureWholePath(input, shell, {
          work,
          cache,
          rounds: values.quick ? 1 : Number(values.rounds),
        }),
      );
  wholePathTable(wholePath);
  installationTable(installation);
  const lists = await measureLists(cache);
  listTable(lists);
  const page = await measurePage(cache);
  pageTable(page);
  const access = await measureAccess(cache);
  accessTable(access);
  mkdirSync('bench/out', { recursive: true });
  const report = {
    at: new Date().toISOString(),
    node: process.version,
    cores: availableParallelism(),
    quick: values.quick,
    directory: results,
    wholePath,
    installation,
    lists,
    page,
    access,
  };
  writeFileSync('bench/out/results.json', `${JSON.stringify(report, undefined, 2)}\n`);
  if (!values.quick && values.input === undefined) writeFileSync('docs/bench.svg', plot(results));
} finally {
  if (values.work === undefined) rmSync(work, { recursive: true, force: true });
}
