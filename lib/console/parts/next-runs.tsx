/** The next runs of a schedule: by the clocks of its zone, and by those of whoever looks. */
import type { ScheduleView } from '../../model/schedules/schedule-view.ts';
import { visible } from '../../model/text/visible-text.ts';
import { relativeTime, zonedTime } from '../shown/times.ts';
import { translated } from '../words/language.ts';
import { said } from '../words/sentences.ts';

const words = translated('next runs', {
  en: { yours: 'where you are' },
  de: { yours: 'wo Sie sind' },
});

export const NextRuns = ({
  runs,
  timeZone,
  none,
}: {
  runs: ScheduleView['nextRuns'];
  timeZone: string;
  /** What is said where there is none. */
  none: string;
}) => {
  const yours = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (runs.length === 0) return <p class="quiet">{none}</p>;
  return (
    <ol class="plain-list next-runs">
      {runs.map(({ at }) => (
        <li key={at}>
          <time dateTime={at} class="time-zoned">
            {zonedTime(at, timeZone)}
          </time>{' '}
          <span class="quiet time-relative">{relativeTime(at)}</span>
          {yours !== timeZone && (
            <span class="quiet yours">
              {zonedTime(at)} {words().yours}
            </span>
          )}
        </li>
      ))}
    </ol>
  );
};

/** What is to be known of a schedule, such as a time that a change of clocks skips. */
export const ScheduleNotes = ({ notes }: { readonly notes: readonly string[] }) => (
  <>
    {notes.map((note) => {
      const { text, lang } = said(note);
      return (
        <p key={note} class="quiet hint" lang={lang}>
          {visible(text)}
        </p>
      );
    })}
  </>
);
