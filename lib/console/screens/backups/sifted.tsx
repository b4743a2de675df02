/**
 * Backups with a filter that the API has no list for. The page looks through all backups itself, the newest first, and
 * stops where the person wants.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../../../client/problem.ts';
import type { BackupView } from '../../../model/records/backup.ts';
import { listBackups } from '../../api/calls.ts';
import { Empty, Loading, ProblemNotice } from '../../parts/notice.tsx';
import { counted } from '../../shown/times.ts';
import { BackupRows } from './rows.tsx';
import { words } from './words.ts';

const AT_ONCE = 500;

interface Sifted {
  readonly found: readonly BackupView[];
  readonly seen: number;
  readonly total: number | undefined;
  readonly problem: Problem | undefined;
}

const nothingYet: Sifted = { found: [], seen: 0, total: undefined, problem: undefined };

export const SiftedBackups = ({
  label,
  state,
  component,
}: {
  label: string | undefined;
  state: string;
  component: string;
}) => {
  const t = words();
  const [sifted, setSifted] = useState<Sifted>(nothingYet);
  const ended = useRef(new AbortController());
  const fits = (backup: BackupView): boolean =>
    (state === '' || backup.state === state) && (component === '' || component in backup.components);
  const look = async (from: Sifted): Promise<void> => {
    try {
      const query = { skip: from.seen, limit: AT_ONCE, ...(label !== undefined && { label }) };
      const { total, resources } = await listBackups(query, ended.current.signal);
      setSifted({
        found: [...from.found, ...resources.filter(fits)],
        seen: from.seen + resources.length,
        total,
        problem: undefined,
      });
    } catch (thrown) {
      if (ended.current.signal.aborted) return;
      setSifted({
        ...from,
        problem: asProblem(thrown),
      });
    }
  };
  // This runs once. Other filters make another list, because they are in its key.
  useEffect(() => {
    ended.current = new AbortController();
    void look(nothingYet);
    return () => ended.current.abort();
  }, []);
  const { found, seen, total, problem } = sifted;
  if (problem !== undefined) return <ProblemNotice problem={problem} onRetry={() => void look(sifted)} />;
  if (total === undefined) return <Loading />;
  return (
    <>
      <p class="quiet" role="status">
        {t.looking(counted(seen), counted(total))}{' '}
        {seen < total && (
          <button type="button" class="quiet-button" onClick={() => void look(sifted)}>
            {t.further}
          </button>
        )}
      </p>
      {found.length === 0 ? (
        <Empty title={t.noneFits} />
      ) : (
        <BackupRows total={found.length} at={(index) => found[index]} />
      )}
    </>
  );
};
