import { relativeTime, zonedTime } from '../shown/times.ts';
import { words } from '../words/shared.ts';

/** A point in time with its zone, and how long ago it is. */
export const Time = ({ at, fallback }: { at: string | null | undefined; fallback?: string }) =>
  at === null || at === undefined ? (
    <span class="quiet">{fallback ?? words().never}</span>
  ) : (
    <time dateTime={at} class="time">
      <span class="time-zoned">{zonedTime(at)}</span>{' '}
      <span class="quiet time-relative">{relativeTime(at)}</span>
    </time>
  );
