import { useEffect, useState } from 'preact/hooks';
import type { BackupView } from '../../../model/records/backup.ts';
import { listBackups } from '../../api/calls.ts';
import { to } from '../../routing.ts';
import { monthName, shortWeekday } from '../../shown/times.ts';
import { calendar, calendarBegin, type Day } from './standing.ts';
import { words } from './words.ts';

const WEEKS = 12;
const AT_ONCE = 500;
/** The calendar reads at most so many backups. The days before the oldest of them are shown as unknown. */
const READ_AT_MOST = 4000;

export const Calendar = ({
  backups,
  total,
  now,
}: {
  /** The newest backups, the newest first. */
  backups: readonly BackupView[];
  total: number;
  now: number;
}) => {
  const t = words();
  const older = useOlder(backups, total, calendarBegin(now, WEEKS));
  const all = [...backups, ...older];
  const last = all.at(-1);
  const since = last === undefined || all.length >= total ? undefined : Date.parse(last.createdAt);
  const days = calendar(all, now, WEEKS, since);
  return (
    <section class="card" aria-labelledby="calendar">
      <h2 id="calendar">{t.calendar}</h2>
      <div class="calendar-frame">
        <Months days={days} />
        <div class="weekdays quiet" aria-hidden="true">
          {[1, 3, 5].map((weekday) => (
            <span key={weekday}>{shortWeekday(weekday)}</span>
          ))}
        </div>
        <ol class="calendar">
          {days.map((day) => (
            <li key={day.day}>
              <Square day={day} />
            </li>
          ))}
        </ol>
      </div>
      <p class="legend quiet">
        <span>{t.legend}</span>
        <Legend tone="good" text={t.good} />
        <Legend tone="attention" text={t.some} />
        <Legend tone="bad" text={t.bad} />
        <Legend tone="" text={t.no} />
      </p>
    </section>
  );
};

/** The backups before these, back to the first day of the calendar. They are read once, because they no longer change. */
const useOlder = (newest: readonly BackupView[], total: number, begin: number): readonly BackupView[] => {
  const [older, setOlder] = useState<readonly BackupView[]>([]);
  const oldest = newest.at(-1);
  const isNeeded = oldest !== undefined && newest.length < total && Date.parse(oldest.createdAt) > begin;
  useEffect(() => {
    if (!isNeeded) return;
    const ended = new AbortController();
    const known = new Set(newest.map(({ id }) => id));
    const read = async (): Promise<void> => {
      let found: readonly BackupView[] = [];
      for (let skip = newest.length; skip < READ_AT_MOST; skip += AT_ONCE) {
        const { resources } = await listBackups({ skip, limit: AT_ONCE }, ended.signal);
        found = [...found, ...resources.filter(({ id }) => !known.has(id))];
        setOlder(found);
        const last = resources.at(-1);
        if (last === undefined || Date.parse(last.createdAt) < begin) return;
      }
    };
    // Days whose backups could not be read are shown as unknown.
    read().catch(() => undefined);
    return () => ended.abort();
  }, [isNeeded]);
  const known = new Set(newest.map(({ id }) => id));
  return older.filter(({ id }) => !known.has(id));
};

/** The names of the months, each above the week with the first day of the month. */
const Months = ({ days }: { days: readonly Day[] }) => (
  <div class="months quiet" aria-hidden="true">
    {days.map(({ day }, index) =>
      day.endsWith('-01') ? (
        <span key={day} style={{ gridColumn: String(Math.floor(index / 7) + 1) }}>
          {monthName(day)}
        </span>
      ) : null,
    )}
  </div>
);

const Legend = ({ tone, text }: { tone: string; text: string }) => (
  <span class="legend-part">
    <span class={`square ${tone}`} aria-hidden="true" /> {text}
  </span>
);

const Square = ({ day: { day, runs, outcome } }: { day: Day }) => {
  const t = words();
  if (outcome === undefined || outcome === 'unknown') {
    const text = outcome === undefined ? t.dayNone(day) : t.dayUnknown(day);
    return <span class={`square ${outcome ?? ''}`} role="img" aria-label={text} title={text} />;
  }
  const text = t.day(day, t.runs(runs.length), { good: t.good, attention: t.some, bad: t.bad }[outcome]);
  const [first] = runs;
  return (
    <a
      class={`square ${outcome}`}
      title={text}
      href={runs.length === 1 && first !== undefined ? to(`/backups/${first.id}`) : to('/backups')}
    >
      <span class="unseen">{text}</span>
    </a>
  );
};
