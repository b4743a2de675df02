/** The tables of docs/scale.md as text. */
import { type Case, cases, restoreTasksOf, sizesOf } from './cases.ts';
import { costsOf } from './costs.ts';
import { limits, metAt, metBy } from './limits.ts';
import { rates } from './rates.ts';

const time = (seconds: number): string => {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${Math.round(seconds / 86_400)} d`;
};
const money = (dollars: number): string =>
  dollars < 10 ? `$${dollars.toFixed(2)}` : `$${Math.round(dollars).toLocaleString('en-GB')}`;
const bytes = (count: number): string =>
  count < 1e12 ? `${Math.round(count / 1e9)} GB` : `${(count / 1e12).toFixed(1)} TB`;
const rowsOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export const timeTable = (): string =>
  rowsOf(
    [
      'source',
      'tasks',
      'at once',
      'function time',
      'capture',
      'seal',
      'verify',
      'restore of one component',
      'its tasks',
    ],
    cases.map((each) => {
      const { tasks, wide, functionSeconds, sealSeconds, verifySeconds, perSecond } = sizesOf(each);
      const alone =
        each.kind === 'table'
          ? each.objects / rates.itemsPerSecond
          : each.sourceBytes / each.components / perSecond;
      const parts = restoreTasksOf(each);
      const ofOne = alone / Math.min(parts, each.width);
      return [
        ...[each.name, String(tasks), String(wide), time(functionSeconds), time(functionSeconds / wide)],
        ...[time(sealSeconds), time(verifySeconds), time(ofOne), String(parts)],
      ];
    }),
  );

export const costTable = (): string =>
  rowsOf(
    [
      'source',
      'compute',
      'requests',
      'export (or scan)',
      'workflow',
      'logs',
      'staging, a day',
      'one night',
      'archive kept a month',
    ],
    cases.map((each) => {
      const { compute, requests, reading, workflow, logs, staging, archiveMonth } = costsOf(each);
      const night = compute + requests + reading.export + workflow + logs + staging;
      return [
        ...[each.name, money(compute), money(requests)],
        each.kind === 'table' ? `${money(reading.export)} (${money(reading.scan)})` : '',
        ...[workflow, logs, staging, night, archiveMonth].map(money),
      ];
    }),
  );

export const limitTable = (): string =>
  rowsOf(
    ['source', 'met, the first one first: by how much'],
    cases.map((each) => [
      each.name,
      metBy(each)
        .map(
          ({ what, share }, index) =>
            `${index + 1}. ${what}: ${share < 10 ? share.toFixed(1) : Math.round(share).toLocaleString('en-GB')} times what is possible`,
        )
        .join('; ') || 'none',
    ]),
  );

/** Where growing data meets each limit, for one bucket of objects of a megabyte. */
export const thresholdTable = (): string => {
  const one: Case = { name: '', kind: 'buckets', sourceBytes: 1e12, objects: 1e6, components: 1, width: 40 };
  const rows = limits
    .map(({ what, from }) => ({
      what,
      from,
      at: metAt(one, what),
      dense: metAt({ ...one, compression: 1 }, what),
    }))
    .filter(({ what }) => !/functions at once|components of one|writes a second|list of tasks/.test(what))
    .sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  return rowsOf(
    ['limit', 'met at, of source', 'of what is compressed already', 'stands in'],
    rows.map(({ what, from, at = 0, dense = 0 }) => [
      what,
      bytes(at),
      bytes(dense),
      from === 'quota' ? 'a quota of AWS' : `\`${from}\``,
    ]),
  );
};
