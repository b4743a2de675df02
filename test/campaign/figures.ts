/** What a campaign came to, as a table. */
import type { Campaign } from './campaign.ts';
import type { TriedCase } from './watched-seed.ts';

export class Figures {
  readonly campaign: Campaign;
  readonly #seeds = new Set<number>();
  readonly #ended = new Map<string, number>();
  readonly faulty: TriedCase[] = [];
  cases = 0;
  seconds = 0;
  peakMegabytes = 0;
  blockedMs = 0;

  constructor(campaign: Campaign) {
    this.campaign = campaign;
  }

  get seeds(): number {
    return this.#seeds.size;
  }

  /** How cases ended, the most frequent first. */
  get ended(): readonly (readonly [string, number])[] {
    return [...this.#ended].sort(([, a], [, b]) => b - a);
  }

  take(tried: TriedCase): void {
    this.cases += 1;
    this.#seeds.add(tried.seed);
    this.#ended.set(tried.ended, (this.#ended.get(tried.ended) ?? 0) + 1);
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
  'ways to end',
  'with faults',
  'MB at most',
  'ms blocked at most',
];

/** Markdown, and readable as it is. */
export const table = (all: readonly Figures[]): string => {
  const rows = all.map((figures) => [
    figures.campaign.name,
    (figures.seconds / 60).toFixed(1),
    figures.seeds,
    figures.cases,
    figures.ended.length,
    figures.faulty.length,
    figures.peakMegabytes,
    figures.blockedMs,
  ]);
  const lines = [COLUMNS, COLUMNS.map((_, index) => (index === 0 ? '---' : '---:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

export const faultText = ({ campaign }: Figures, { seed, number, bends, faults }: TriedCase): string =>
  [
    `${campaign.name}: seed ${seed}, case ${number} (${bends.join(', ') || 'nothing bent'})`,
    ...faults.map((fault) => `  ${fault}`),
    `  again: npm run campaign -- --only '${campaign.name}' --seed ${seed} --case ${number}`,
  ].join('\n');
