/**
 * `npm run campaign`: tries the campaigns of `campaigns.ts` with random input, each seed in new processes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { campaigns } from './campaigns.ts';
import { Figures, faultText, table, withFigures } from './figures.ts';
import { type SeedOptions, trySeed } from './watched-seed.ts';

/** With several campaigns, the seed of one ends after this time. */
const TURN_MILLISECONDS = 120_000;

const HELP = `npm run campaign -- [options]

  --minutes N    for so long, all together (60)
  --seed N       the first seed; else HOLDFAST_SEED, else a random one. It is printed
  --only NAME    one campaign: ${campaigns.map(({ name }) => `'${name}'`).join(', ')}
  --case N       one case, of one seed and one campaign
  --keep FOLDER  where bad cases are kept
  --write        puts the figures into docs/reliability.md, also when it is ended early (Ctrl-C); campaigns
                 that were not tried keep the figures that they have there

Exit code 1 when anything was found.
`;
const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    minutes: { type: 'string', default: '60' },
    seed: {
      type: 'string',
      default: process.env.HOLDFAST_SEED ?? String(Math.floor(Math.random() * 2 ** 31)),
    },
    only: { type: 'string' },
    case: { type: 'string' },
    keep: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(HELP);
  process.exit();
}

const all = campaigns
  .filter(({ name }) => values.only === undefined || name === values.only)
  .map((campaign) => new Figures(campaign));
if (all.length === 0)
  throw new Error(
    `no campaign is called ${values.only}: there are ${campaigns.map(({ name }) => name).join(', ')}`,
  );
/** @throws when the text is not a number, because the campaign would then try nothing and report no faults */
const numberOf = (name: string, text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new Error(`--${name} ${text} is no number`);
  return value;
};
const seed = numberOf('seed', values.seed);
const begun = Date.now();
const until = begun + numberOf('minutes', values.minutes) * 60_000;
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
if (values.keep !== undefined) mkdirSync(values.keep, { recursive: true });
console.log(`SEED=${seed}, ${values.minutes} minutes`);

const one = async (figures: Figures, options: SeedOptions): Promise<void> => {
  const { seconds } = figures;
  const from = performance.now();
  const { signal } = stopped;
  await trySeed(figures.campaign, { folder: values.keep, signal, ...options }, (tried) => {
    figures.seconds = seconds + (performance.now() - from) / 1000;
    figures.take(tried);
    if (tried.faults.length > 0) console.log(faultText(figures, tried));
  });
  figures.seconds = seconds + (performance.now() - from) / 1000;
};

const [first] = all;
if (values.case !== undefined && first !== undefined) {
  await one(first, { seed, from: numberOf('case', values.case), count: 1 });
} else {
  // The campaign that has used the least of its share runs next.
  for (let next = seed; Date.now() < until && !stopped.signal.aborted; next += 1) {
    const due = all.reduce((a, b) => (b.seconds / b.campaign.share < a.seconds / a.campaign.share ? b : a));
    // A seed may have many cases, so its time is limited to let the other campaigns run; its remaining cases
    // are skipped.
    const turn = all.length === 1 ? until : Math.min(until, Date.now() + TURN_MILLISECONDS);
    await one(due, { seed: next, until: turn });
  }
}

const machine = `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.version}`;
const run = `${new Date(begun).toISOString().slice(0, 10)} from seed ${seed}, ${machine}`;
console.log(`\n${table(all, run)}`);
for (const figures of all)
  console.log(
    `\n${figures.campaign.name}:\n${figures.ended.map(([ended, count]) => `  ${String(count).padStart(7)}  ${ended}`).join('\n')}`,
  );

if (values.write) {
  const path = 'docs/reliability.md';
  const names = campaigns.map(({ name }) => name);
  writeFileSync(path, withFigures(readFileSync(path, 'utf8'), all, run, names));
}
if (all.some(({ faulty }) => faulty.length > 0)) process.exitCode = 1;
