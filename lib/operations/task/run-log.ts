/** The log of one run: every line goes to the host's log, and is stored until the run ends. */
import { shortened } from '../../archive/shown-text.ts';
import { visible } from '../../model/text/visible-text.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import type { Logger } from '../../ports/logger.ts';

export interface RunLog extends Logger {
  /** Stores the lines so far. */
  flush(): Promise<void>;
  /** As `flush`, for use after a failure: its own failure only goes to the host's log, and hides no other. */
  tryFlush(): Promise<void>;
}

/** @param part unique in the run: the task that writes, as in `capture/files/0`. */
export const openRunLog = (host: Host, hold: Hold, part: string): RunLog => {
  const lines: string[] = [];
  const opened = timestamp(host.clock);
  const over = (log: Logger, fixed: Readonly<Record<string, unknown>>): Logger => {
    const write =
      (level: 'debug' | 'info' | 'warn' | 'error') =>
      (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
        log[level](message, fields);
        if (level !== 'debug')
          lines.push(
            shortened(
              logLine(timestamp(host.clock), level, message, { ...fixed, ...fields }),
              MAX_LINE_CHARACTERS,
            ),
          );
      };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => over(log.child(fields), { ...fixed, ...fields }),
    };
  };
  let flushes = 0;
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    for (const kept of chunksOf(lines.splice(0))) {
      const record = {
        operationId: hold.operationId,
        at: opened,
        part: `${part}/${opened}/${flushes++}`,
        lines: kept,
      };
      await host.catalog.commit([put('logChunk', record, 'absent')], { under: hold });
    }
  };
  const hostLog = host.log.child({ operationId: hold.operationId, fence: hold.fence });
  return {
    ...over(hostLog, {}),
    flush,
    tryFlush: () =>
      flush().catch((thrown: unknown) =>
        hostLog.warn('lines of the log were lost', { reason: String(thrown) }),
      ),
  };
};

/** The most characters of a line; a stack trace has some thousands. */
const MAX_LINE_CHARACTERS = 16 * 1024;
/** A record is an item of 400 KB on AWS. */
const MAX_CHUNK_BYTES = 256 * 1024;

function* chunksOf(lines: readonly string[]): Generator<string[], void, undefined> {
  let chunk: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    const more = Buffer.byteLength(line);
    if (chunk.length > 0 && bytes + more > MAX_CHUNK_BYTES) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(line);
    bytes += more;
  }
  yield chunk;
}

/** Always one line, whatever the message and the fields hold: names come from sources, and must not add lines. */
const logLine = (
  at: string,
  level: string,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): string => {
  const shown = Object.entries(fields).map(
    ([name, value]) => `${name}=${isWritten(value) ? JSON.stringify(value) : String(value)}`,
  );
  return visible([at, level.toUpperCase().padEnd(5), message, ...shown].join(' '));
};

const isWritten = (value: unknown): boolean => typeof value === 'string' || Array.isArray(value);

/** The first line of every log: it says whose log the file is. */
const headerOf = (operationId: string): string => `# Log of ${operationId}, kept by Holdfast`;
const HEADER = /^# Log of (\S+), kept by Holdfast$/m;

/** The most bytes of a header. */
export const LOG_HEADER_BYTES = 256;

/** Whose log a text is, by its first line; undefined when it is not ours. */
export const logOwnerOf = (text: string): string | undefined =>
  HEADER.exec(text.split('\n', 1)[0] ?? '')?.[1];

/** The lines stored so far, in the order of the tasks that wrote them, after a header that says whose they are. */
export const readRunLog = async (host: Host, operationId: string): Promise<string> => {
  const text: string[] = [];
  for await (const { lines } of everyRecord(host, 'logChunk', { group: operationId })) text.push(...lines);
  return [headerOf(operationId), ...text.sort()].map((line) => `${line}\n`).join('');
};
