import { pause } from './request.ts';

/** Short runs are seen at once; long ones are asked about once a second. */
const SHORTEST_PAUSE_MILLISECONDS = 100;
const LONGEST_PAUSE_MILLISECONDS = 1000;

/** An operation's record again and again, from `first` on, until it runs no more: the last one is its end. */
export async function* everyState<R>(
  first: R,
  read: () => Promise<R>,
  isRunning: (record: R) => boolean,
): AsyncGenerator<R, void, undefined> {
  const startedAt = performance.now();
  for (let record = first; ; record = await read()) {
    yield record;
    if (!isRunning(record)) return;
    const share = (performance.now() - startedAt) / 10;
    await pause(Math.min(LONGEST_PAUSE_MILLISECONDS, Math.max(SHORTEST_PAUSE_MILLISECONDS, share)));
  }
}
