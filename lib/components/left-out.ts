/** What a kind leaves out, and names: in the report the first hundred, in the run's log as many as fit. */
import type { Skipped } from '../archive/format.ts';
import type { Logger } from '../ports/logger.ts';

/** How many of them a report names. */
export const MAX_NAMED = 100;
/** Lines of one call are one record of the catalog: room for the others' beside them. */
const MAX_LOGGED_BYTES = 150_000;
const LINE_BYTES = 60;

/** Writes each into the log of the run, and one last line when there are too many for one call. */
export const logLeftOut = (log: Logger): ((skipped: Skipped) => void) => {
  let bytes = 0;
  return ({ path, reason }) => {
    if (bytes > MAX_LOGGED_BYTES) return;
    bytes += Buffer.byteLength(path) + Buffer.byteLength(reason) + LINE_BYTES;
    if (bytes > MAX_LOGGED_BYTES)
      log.warn('there is more that was left out than this log can name: the counts in the record have all');
    else log.warn('left out, or not kept whole', { path, reason });
  };
};
