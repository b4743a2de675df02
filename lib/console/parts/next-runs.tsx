/** The next runs of a schedule, in the time zone of the schedule and in the reader's. */
import type { ScheduleView } from '../../model/schedules/schedule-view.ts';
import { visible } from '../../model/text/visible-text.ts';
import { relativeTime, zonedTime } from '../shown/times.ts';
import { translated } from '../words/language.ts';
import { translatedSentence } from '../words/sentences.ts';

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
  /** The text for a schedule that does not run again. */
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

/** Remarks on a schedule, for example that the change to summer time skips one of its times. */
export const ScheduleNotes = ({ notes }: { readonly notes: readonly string[] }) => (
  <>
    {notes.map((note) => {
      const { text, lang } = translatedSentence(note);
      return (
        <p key={note} class="quiet hint" lang={lang}>
          {visible(text)}
        </p>
      );
    })}
  </>
);
