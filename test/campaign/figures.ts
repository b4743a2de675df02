/** The results of campaigns as a table. */
import type { Campaign } from './campaign.ts';
import type { TriedCase } from './watched-seed.ts';

export class Figures {
  readonly campaign: Campaign;
  readonly #seeds = new Set<number>();
  readonly #ended = new Map<string, number>();
  readonly faulty: TriedCase[] = [];
  cases = 0;
  tries = 0;
  seconds = 0;
  peakMegabytes = 0;
  blockedMs = 0;

  constructor(campaign: Campaign) {
    this.campaign = campaign;
  }

  get seeds(): number {
    return this.#seeds.size;
  }

  /** The outcomes of cases, or of the things that the cases tried, the most frequent first. */
  get ended(): readonly (readonly [string, number])[] {
    return [...this.#ended].sort(([, a], [, b]) => b - a);
  }

  take(tried: TriedCase): void {
    this.cases += 1;
    this.#seeds.add(tried.seed);
    for (const [ended, count] of Object.entries(tried.tries ?? { [tried.ended]: 1 })) {
      this.tries += count;
      this.#ended.set(ended, (this.#ended.get(ended) ?? 0) + count);
    }
    this.peakMegabytes = Math.max(this.peakMegabytes, tried.peakMegabytes ?? 0);
    this.blockedMs = Math.max(this.blockedMs, tried.blockedMs ?? 0);
    if (tried.faults.length > 0) this.faulty.push(tried);
  }
}

const COLUMNS = [
  'campaign',
  'minutes',
  'seeds',
  'cases',
  'tries',
  'ways to end',
  'with faults',
  'MB at most',
  'ms blocked at most',
  'run',
];

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

const rowOf = (figures: Figures, run: string): string =>
  row([
    figures.campaign.name,
    (figures.seconds / 60).toFixed(1),
    figures.seeds,
    figures.cases,
    figures.tries,
    figures.ended.length,
    figures.faulty.length,
    figures.peakMegabytes,
    figures.blockedMs,
    run,
  ]);

const tableOf = (rows: readonly string[]): string =>
  [
    row(COLUMNS),
    row(COLUMNS.map((_, at) => (at === 0 || at === COLUMNS.length - 1 ? '---' : '---:'))),
    ...rows,
  ].join('\n');

/**
 * A Markdown table that is readable as plain text.
 *
 * @param run when and where the campaign ran, in few words.
 */
export const table = (all: readonly Figures[], run: string): string =>
  tableOf(all.map((figures) => rowOf(figures, run)));

const [BEGIN, END] = ['<!-- figures: npm run campaign -- --write -->', '<!-- end of figures -->'];

/**
 * The document with these figures in its block. A campaign's row stays until the campaign runs again; a
 * campaign without any completed case counts as not run.
 *
 * @param names all existing campaigns in order; rows of any others are removed.
 */
export const withFigures = (
  document: string,
  all: readonly Figures[],
  run: string,
  names: readonly string[],
): string => {
  const [from, to] = [document.indexOf(BEGIN) + BEGIN.length, document.indexOf(END)];
  if (from < BEGIN.length || to < from)
    throw new Error(`the document has no block of figures: "${BEGIN}" and behind it "${END}"`);
  const kept = document.slice(from, to).split('\n');
  const rows = names.flatMap((name) => {
    const figures = all.find(({ campaign, cases }) => campaign.name === name && cases > 0);
    return figures === undefined
      ? kept.filter((line) => line.startsWith(`| ${name} |`))
      : rowOf(figures, run);
  });
  return `${document.slice(0, from)}\n\n${tableOf(rows)}\n\n${document.slice(to)}`;
};

export const faultText = ({ campaign }: Figures, { seed, number, bends, faults }: TriedCase): string =>
  [
    `${campaign.name}: seed ${seed}, case ${number} (${bends.join(', ') || 'nothing bent'})`,
    ...faults.map((fault) => `  ${fault}`),
    `  again: npm run campaign -- --only '${campaign.name}' --seed ${seed} --case ${number}`,
  ].join('\n');
