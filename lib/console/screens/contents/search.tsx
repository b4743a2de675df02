/**
 * Finds entries by a part of their name. The API has no index of names: the page reads all of them, and shows what it
 * finds.
 */
import { useEffect, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../../../client/problem.ts';
import { visible } from '../../../model/text/visible-text.ts';
import type { Entry } from '../../api/calls.ts';
import { everyEntry } from '../../api/every-entry.ts';
import { Empty, ProblemNotice } from '../../parts/notice.tsx';
import { counted } from '../../shown/times.ts';
import { EntryRows, type FileButton } from './rows.tsx';
import { words } from './words.ts';

interface FoundProps {
  readonly id: string;
  readonly component: string | undefined;
  readonly passphrase: string | undefined;
  readonly text: string;
  readonly file: FileButton;
}

interface Names {
  readonly read: readonly Entry[];
  readonly total: number | undefined;
  readonly problem: Problem | undefined;
}

const nothingYet: Names = { read: [], total: undefined, problem: undefined };

/** Reads the names once, however often the text to search for changes. */
const useNames = (id: string, component: string | undefined, passphrase: string | undefined) => {
  const [names, setNames] = useState<Names>(nothingYet);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    setNames(nothingYet);
    const readAll = async (): Promise<void> => {
      const read: Entry[] = [];
      const options = { passphrase, signal: ended.signal };
      for await (const { entries, total } of everyEntry(id, component, options)) {
        read.push(...entries);
        setNames({ read: [...read], total, problem: undefined });
      }
    };
    readAll().catch((thrown: unknown) => {
      if (!ended.signal.aborted) setNames((before) => ({ ...before, problem: asProblem(thrown) }));
    });
    return () => ended.abort();
    // `round` is here so that another try reads everything again.
  }, [id, component, passphrase, round]);
  return { ...names, readAgain: () => setRound(round + 1) };
};

export const FoundEntries = ({ id, component, passphrase, text, file }: FoundProps) => {
  const t = words();
  const { read, total, problem, readAgain } = useNames(id, component, passphrase);
  const wanted = text.toLowerCase();
  const found = read.filter(({ path }) => visible(path).toLowerCase().includes(wanted));
  const isDone = total !== undefined && read.length >= total;
  return (
    <>
      <p class="quiet" role="status">
        {t.matches(counted(found.length))}
        {!isDone && ` · ${t.searching(counted(read.length), counted(total ?? 0))}`}
      </p>
      <ProblemNotice problem={problem} onRetry={readAgain} />
      {found.length > 0 && <EntryRows total={found.length} at={(index) => found[index]} file={file} />}
      {found.length === 0 && isDone && <Empty title={t.noMatch} />}
    </>
  );
};
