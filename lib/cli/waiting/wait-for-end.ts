/** Polls a run until it has ended, and shows it meanwhile. */
import { setTimeout as delay } from 'node:timers/promises';
import { everyState } from '../../client/every-state.ts';
import type { OperationKind } from '../../model/records/operation.ts';
import { shellWord } from '../../model/text/shell-word.ts';
import { Failure } from '../failure.ts';
import type { Answer } from '../requests/answer.ts';
import { mayPass } from '../requests/client.ts';
import type { Session } from '../session.ts';
import { Milestones } from './milestones.ts';
import { progressView } from './progress-view.ts';
import { isRunning, runningOf } from './running.ts';

/** Between two tries at a server that does not answer. */
const PAUSE_MS = 1000;
/** How long to wait for a server that is restarted. */
const SILENCE_MS = 60_000;

interface RunToAwait<T extends object> {
  readonly kind: OperationKind;
  readonly id: string;
  /** The record as it was accepted. */
  readonly first: Answer<T>;
  readonly read: () => Promise<Answer<T>>;
}

/**
 * The record in its final state. The first Ctrl-C says that the run goes on without us; the second leaves.
 *
 * @throws a Failure when the server stays silent for a minute.
 */
export const waitForEnd = async <T extends object>(
  session: Session,
  { kind, id, first, read }: RunToAwait<T>,
): Promise<Answer<T>> => {
  const { output } = session;
  const milestones = new Milestones(runningOf(first.raw).dryRun ? 'dry-run' : kind);
  const view = progressView(output);
  let interrupted = false;
  const interrupt = (): void => {
    if (interrupted) {
      view.end();
      process.off('SIGINT', interrupt);
      process.kill(process.pid, 'SIGINT');
      return;
    }
    interrupted = true;
    const told = [
      `The ${kind} continues; "holdfast backup cancel ${shellWord(id)}" ends it.`,
      'Press Ctrl-C again to stop waiting for it.',
    ];
    if (output.json) output.warning(told.join(' '));
    else for (const line of told) view.milestone(line);
  };
  process.on('SIGINT', interrupt);
  try {
    const onSilence = (): void => view.milestone('the server does not answer; waiting for it');
    const states = everyState(
      first,
      () => patiently(read, id, onSilence),
      (record) => isRunning(runningOf(record.raw)),
    );
    let last = first;
    for await (const record of states) {
      last = record;
      const run = runningOf(record.raw);
      for (const line of milestones.reached(run)) view.milestone(line);
      const { step, bytes, entries, expectedBytes } = run;
      if (isRunning(run)) view.update({ id, state: run.state, step, bytes, entries, expectedBytes });
    }
    return last;
  } finally {
    process.off('SIGINT', interrupt);
    view.end();
  }
};

const patiently = async <T>(
  read: () => Promise<Answer<T>>,
  id: string,
  onSilence: () => void,
): Promise<Answer<T>> => {
  const silentSince = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await read();
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (tries === 1) onSilence();
      if (performance.now() - silentSince > SILENCE_MS)
        throw new Failure('unreachable', `the server stopped answering while ${id} ran`, {
          hint: `It may go on: ask with "holdfast backup status" once the server answers again.`,
          cause: error,
        });
      await delay(PAUSE_MS);
    }
  }
};
