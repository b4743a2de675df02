import { HoldfastError } from '../../model/errors.ts';
import type { Host } from '../../ports/host.ts';
import type { Logger } from '../../ports/logger.ts';

const PROGRESS_MILLISECONDS = 1_000;

export interface ProgressWriter<T> {
  /** May be called as often as one likes. */
  report(done: T): void;
  /** Resolves when what was reported is written, or given up. */
  settled(): Promise<void>;
  /** For a caller that must not go on after a failed write. @throws the error of the last write that failed */
  throwIfFailed(): void;
  /** Aborted, by `fence_lost`, once the operation is found to have lost the lock: its work must stop. */
  readonly lost: AbortSignal;
}

/**
 * Writes what is reported, at most once a second, one write after the other. A failed write is skipped; one that is
 * refused because the lock is lost aborts `lost`.
 */
export const progressWriter = <T>(
  { clock }: Pick<Host, 'clock'>,
  log: Logger,
  write: (done: T) => Promise<unknown>,
): ProgressWriter<T> => {
  let written = clock.now().getTime();
  let writing: Promise<unknown> = Promise.resolve();
  let failed: { thrown: unknown } | undefined;
  const lost = new AbortController();
  return {
    lost: lost.signal,
    report: (done) => {
      const now = clock.now().getTime();
      if (now - written < PROGRESS_MILLISECONDS) return;
      written = now;
      writing = writing
        .then(() => write(done))
        .catch((thrown: unknown) => {
          failed = { thrown };
          if (isFenceLost(thrown)) lost.abort(thrown);
          log.debug('the progress of an operation could not be written', { reason: String(thrown) });
        });
    },
    settled: async () => {
      await writing;
    },
    throwIfFailed: () => {
      if (failed !== undefined) throw failed.thrown;
    },
  };
};

/** Whether the operation has lost the lock: then it must change nothing any more. */
export const isFenceLost = (thrown: unknown): boolean =>
  thrown instanceof HoldfastError && thrown.code === 'fence_lost';
