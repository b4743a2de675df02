/** Bundles every function as the construct does, offline, and fails when one is heavier than its budget. */
import { basename } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { entryOf, esbuildOptions, SEGMENT_WORKER_FILE, segmentWorkerEntry } from '../lib/infra/bundling.ts';
import { type Duty, duties, dutyNames } from '../lib/infra/duties.ts';

const { metafile } = await build({
  ...esbuildOptions,
  entryPoints: [...dutyNames.map(entryOf), segmentWorkerEntry],
  entryNames: '[name]',
  outdir: 'bundles',
  outExtension: { '.js': '.mjs' },
  write: false,
  metafile: true,
});
type Output = Metafile['outputs'][string];
const outputs = new Map(Object.entries(metafile.outputs).map(([file, output]) => [basename(file), output]));
const outputOf = (file: string): Output => {
  const output = outputs.get(file);
  if (output === undefined) throw new Error(`esbuild made no ${file}`);
  return output;
};

/** Which packages weigh most, in kB. */
const heaviest = ({ inputs }: Output): string => {
  const weights = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const [, name = 'our own'] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    weights.set(name, (weights.get(name) ?? 0) + bytesInOutput);
  }
  const heavy = [...weights].sort(([, a], [, b]) => b - a).slice(0, 8);
  return heavy.map(([name, bytes]) => `${name} ${Math.round(bytes / 1000)}`).join(', ');
};

let tooHeavy = 0;
for (const name of dutyNames) {
  const duty: Duty = duties[name];
  const own = outputOf(`${name}.mjs`);
  const threads = duty.segments === true ? outputOf(SEGMENT_WORKER_FILE).bytes : 0;
  const kilobytes = Math.ceil((own.bytes + threads) / 1000);
  const over = kilobytes > duty.budgetKb;
  if (over) tooHeavy++;
  const why = over ? `  TOO HEAVY: ${heaviest(own)}` : '';
  process.stdout.write(`${name.padEnd(20)} ${String(kilobytes).padStart(5)} of ${duty.budgetKb} kB${why}\n`);
}
if (tooHeavy > 0) {
  process.stderr.write(`${tooHeavy} functions are heavier than lib/infra/duties.ts allows\n`);
  process.exitCode = 1;
}
