import { useEffect, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../../../client/problem.ts';
import type { Entry } from '../../api/calls.ts';
import { everyEntry } from '../../api/every-entry.ts';
import { Select } from '../../parts/forms/field.tsx';
import { EntryPath } from '../../parts/lists/entry-path.tsx';
import { VirtualList } from '../../parts/lists/virtual-list.tsx';
import { Empty, ProblemNotice } from '../../parts/notice.tsx';
import { counted } from '../../shown/times.ts';
import { type Difference, differences } from './differences.ts';
import { words } from './words.ts';

const ROW_HEIGHTS = { wide: 40, tall: 68 };
const tones = { added: 'good', removed: 'bad', changed: 'attention' } as const;
const kinds = ['added', 'removed', 'changed'] as const;

interface Reading {
  readonly seen: number;
  readonly total: number;
  readonly found: readonly Difference[] | undefined;
  readonly problem: Problem | undefined;
}

interface Compared {
  readonly a: string;
  readonly b: string;
  readonly passphrase: string | undefined;
}

const nothingYet: Reading = { seen: 0, total: 0, found: undefined, problem: undefined };

/** Reads the entries of both backups, and then compares them. */
const useComparison = ({ a, b, passphrase }: Compared) => {
  const [reading, setReading] = useState<Reading>(nothingYet);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    const totals = [0, 0];
    let seen = 0;
    const read = async (id: string, which: 0 | 1): Promise<Entry[]> => {
      const all: Entry[] = [];
      const options = { passphrase, signal: ended.signal };
      for await (const { entries, total } of everyEntry(id, undefined, options)) {
        all.push(...entries);
        totals[which] = total;
        seen += entries.length;
        setReading({ ...nothingYet, seen, total: (totals[0] ?? 0) + (totals[1] ?? 0) });
      }
      return all;
    };
    const compare = async (): Promise<void> => {
      const [before, after] = [await read(a, 0), await read(b, 1)];
      setReading((one) => ({ ...one, found: differences(before, after) }));
    };
    compare().catch((thrown: unknown) => {
      if (!ended.signal.aborted) setReading((one) => ({ ...one, problem: asProblem(thrown) }));
    });
    return () => ended.abort();
  }, [a, b, passphrase, round]);
  return { ...reading, readAgain: () => setRound(round + 1) };
};

export const Comparison = (compared: Compared) => {
  const t = words();
  const { seen, total, found, problem, readAgain } = useComparison(compared);
  return (
    <>
      <ProblemNotice problem={problem} onRetry={readAgain} />
      <p class="quiet" role="status">
        {found === undefined && problem === undefined && t.reading(counted(seen), counted(total))}
      </p>
      {found?.length === 0 && <Empty title={t.same} />}
      {found !== undefined && found.length > 0 && <Differences found={found} />}
    </>
  );
};

const Differences = ({ found }: { found: readonly Difference[] }) => {
  const t = words();
  const [only, setOnly] = useState('');
  const shown = only === '' ? found : found.filter(({ is }) => is === only);
  return (
    <>
      <div class="list-head">
        <p class="figures">
          {kinds.map((kind) => (
            <span key={kind} class={`badge ${tones[kind]}`}>
              {counted(found.filter(({ is }) => is === kind).length)} {t[kind]}
            </span>
          ))}
        </p>
        <Select
          label={t.show}
          value={only}
          onValue={setOnly}
          options={[['', t.all], ...kinds.map((kind) => [kind, t[kind]] as const)]}
        />
      </div>
      <VirtualList
        label={t.differences}
        className="plan-rows"
        rowHeights={ROW_HEIGHTS}
        total={shown.length}
        columns={[
          { id: 'path', name: t.path },
          { id: 'action', name: t.what },
        ]}
        row={(index) => {
          const difference = shown[index];
          if (difference === undefined) return undefined;
          const { is, entry, of } = difference;
          return [
            <EntryPath key="path" component={entry.component} path={entry.path} />,
            <span key="what" class="clipped">
              <span class={`badge ${tones[is]}`}>{t[is]}</span>{' '}
              <span class="quiet">{of.map((one) => t[`of ${one}`]).join(', ')}</span>
            </span>,
          ];
        }}
      />
    </>
  );
};
