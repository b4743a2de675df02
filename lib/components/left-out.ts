/** Names what a kind leaves out: the first hundred in the report, as many as fit in the run's log. */
import type { Skipped } from '../archive/format.ts';
import type { Logger } from '../ports/logger.ts';

/** Most bytes that one call logs: its lines are in one record of the catalog, which needs room for others. */
const MAX_LOGGED_BYTES = 150_000;
const LINE_BYTES = 60;

/** Writes lines into the run's log, and a last one when there are too many for one call. */
export const logLines = (
  log: Logger,
): ((message: string, fields: Readonly<Record<string, string>>) => void) => {
  let bytes = 0;
  return (message, fields) => {
    if (bytes > MAX_LOGGED_BYTES) return;
    bytes += LINE_BYTES + Object.values(fields).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    if (bytes > MAX_LOGGED_BYTES)
      log.warn('this log does not name all of them; the counts in the record include all');
    else log.warn(message, fields);
  };
};

/** Writes each skipped thing into the run's log. */
export const logLeftOut = (log: Logger): ((skipped: Skipped) => void) => {
  const line = logLines(log);
  return ({ path, reason }) => line('left out, or incomplete', { path, reason });
};
