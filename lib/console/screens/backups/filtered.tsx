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

interface Filtered {
  readonly found: readonly BackupView[];
  readonly seen: number;
  readonly total: number | undefined;
  readonly problem: Problem | undefined;
}

const nothingYet: Filtered = { found: [], seen: 0, total: undefined, problem: undefined };

interface Filters {
  readonly label: string | undefined;
  /** Empty: any state. */
  readonly state: string;
  /** Empty: any component. */
  readonly component: string;
}

/** Looks through the backups, so many at a time. */
const useFiltered = ({ label, state, component }: Filters) => {
  const [filtered, setFiltered] = useState<Filtered>(nothingYet);
  const ended = useRef(new AbortController());
  const fits = (backup: BackupView): boolean =>
    (state === '' || backup.state === state) && (component === '' || component in backup.components);
  const look = async (from: Filtered): Promise<void> => {
    try {
      const query = { skip: from.seen, limit: AT_ONCE, ...(label !== undefined && { label }) };
      const { total, resources } = await listBackups(query, ended.current.signal);
      setFiltered({
        found: [...from.found, ...resources.filter(fits)],
        seen: from.seen + resources.length,
        total,
        problem: undefined,
      });
    } catch (thrown) {
      if (!ended.current.signal.aborted) setFiltered({ ...from, problem: asProblem(thrown) });
    }
  };
  // This runs once. Other filters make another list, because they are in its key.
  useEffect(() => {
    ended.current = new AbortController();
    void look(nothingYet);
    return () => ended.current.abort();
  }, []);
  return { ...filtered, lookFurther: () => void look(filtered) };
};

export const FilteredBackups = (filters: Filters) => {
  const t = words();
  const { found, seen, total, problem, lookFurther } = useFiltered(filters);
  if (problem !== undefined) return <ProblemNotice problem={problem} onRetry={lookFurther} />;
  if (total === undefined) return <Loading />;
  return (
    <>
      <p class="quiet" role="status">
        {t.looking(counted(seen), counted(total))}{' '}
        {seen < total && (
          <button type="button" class="quiet-button" onClick={lookFurther}>
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
