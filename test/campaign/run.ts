/**
 * `npm run campaign`: tries what `campaigns.ts` lists with random input, each seed in a fresh process.
 *
 * `--minutes N` for so long, all together (60); `--seed N` the first seed, else a random one, or HOLDFAST_SEED;
 * `--only NAME` one campaign; `--case N` one case of one seed of it; `--keep FOLDER` where bad cases are kept;
 * `--write` puts the figures into docs/reliability.md. Exit code 1 when anything was found.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { campaigns } from './campaigns.ts';
import { Figures, faultText, table } from './figures.ts';
import { type SeedOptions, trySeed } from './watched-seed.ts';

const { values } = parseArgs({
  options: {
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

const all = campaigns
  .filter(({ name }) => values.only === undefined || name === values.only)
  .map((campaign) => new Figures(campaign));
if (all.length === 0)
  throw new Error(
    `no campaign is called ${values.only}: there are ${campaigns.map(({ name }) => name).join(', ')}`,
  );
const seed = Number(values.seed);
const until = Date.now() + Number(values.minutes) * 60_000;
if (values.keep !== undefined) mkdirSync(values.keep, { recursive: true });
console.log(`SEED=${seed}, ${values.minutes} minutes`);

const one = async (figures: Figures, options: SeedOptions): Promise<void> => {
  const begun = performance.now();
  await trySeed(figures.campaign, { folder: values.keep, ...options }, (tried) => {
    figures.take(tried);
    if (tried.faults.length > 0) console.log(faultText(figures, tried));
  });
  figures.seconds += (performance.now() - begun) / 1000;
};

const [first] = all;
if (values.case !== undefined && first !== undefined) {
  await one(first, { seed, from: Number(values.case), count: 1 });
} else {
  // Whoever had the least of its share is next.
  for (let next = seed; Date.now() < until; next += 1) {
    const due = all.reduce((a, b) => (b.seconds / b.campaign.share < a.seconds / a.campaign.share ? b : a));
    await one(due, { seed: next, until });
  }
}

console.log(`\n${table(all)}`);
for (const figures of all)
  console.log(
    `\n${figures.campaign.name}:\n${figures.ended.map(([ended, count]) => `  ${String(count).padStart(7)}  ${ended}`).join('\n')}`,
  );

const [begin, end] = ['<!-- figures: npm run campaign -- --write -->', '<!-- end of figures -->'];
if (values.write) {
  const path = 'docs/reliability.md';
  const text = readFileSync(path, 'utf8');
  const machine = `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.version}`;
  const when = `${new Date().toISOString().slice(0, 10)}, ${values.minutes} minutes from seed ${seed}, ${machine}.`;
  const from = text.indexOf(begin) + begin.length;
  writeFileSync(path, `${text.slice(0, from)}\n${when}\n\n${table(all)}\n${text.slice(text.indexOf(end))}`);
}
if (all.some(({ faulty }) => faulty.length > 0)) process.exitCode = 1;
