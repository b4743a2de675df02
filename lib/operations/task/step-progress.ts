import { HoldfastError } from '../../model/errors.ts';
import type { Host } from '../../ports/host.ts';
import type { Logger } from '../../ports/logger.ts';

const PROGRESS_MILLISECONDS = 1_000;

export interface ProgressWriter<T> {
  /** As often as one likes. */
  report(done: T): void;
  /** What was reported is written, or was given up. */
  settled(): Promise<void>;
  /** For who must not go on without: @throws what the last write that failed has thrown. */
  throwIfFailed(): void;
  /** Aborted, by `fence_lost`, once the operation is found to hold the lock no more: its work is to stop. */
  readonly lost: AbortSignal;
}

/**
 * Writes what is reported at most once a second, one after the other. One that cannot be written is left out; one that
 * is refused for want of the lock says so in `lost`.
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
          log.debug('progress not written', { reason: String(thrown) });
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

/** The operation holds the lock no more: whatever it still does must change nothing. */
export const isFenceLost = (thrown: unknown): boolean =>
  thrown instanceof HoldfastError && thrown.code === 'fence_lost';
