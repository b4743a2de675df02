import type { BackupView } from '../../../model/records/backup.ts';
import { to } from '../../routing.ts';
import { calendar, type Day } from './standing.ts';
import { words } from './words.ts';

const WEEKS = 12;

/** One square a day, oldest first; what it says stands in words for whoever does not see its colour. */
export const Calendar = ({ backups, now }: { backups: readonly BackupView[]; now: number }) => {
  const t = words();
  return (
    <section class="card" aria-labelledby="calendar">
      <h2 id="calendar">{t.calendar}</h2>
      <ol class="calendar">
        {calendar(backups, now, WEEKS * 7).map((day) => (
          <li key={day.day}>
            <Square day={day} />
          </li>
        ))}
      </ol>
      <p class="legend quiet">
        {t.legend} <span class="square good" aria-hidden="true" /> {t.good}{' '}
        <span class="square attention" aria-hidden="true" /> {t.some}{' '}
        <span class="square bad" aria-hidden="true" /> {t.bad}
      </p>
    </section>
  );
};

const Square = ({ day: { day, runs, outcome } }: { day: Day }) => {
  const t = words();
  const told = { good: t.good, attention: t.some, bad: t.bad };
  if (outcome === undefined)
    return <span class="square" role="img" aria-label={t.dayNone(day)} title={t.dayNone(day)} />;
  const text = t.day(day, t.runs(runs.length), told[outcome]);
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
