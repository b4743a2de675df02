/** Describes an operation during which a server is killed, with functions that all operations share. */
import { writeFileSync } from 'node:fs';
import type { Answer } from '../../../acceptance/api.ts';
import type { Random } from '../../../hostile/fuzz/random.ts';
import { isGone, type KilledInstallation } from './killed-installation.ts';

export interface Operation {
  /** The approximate number of calls that the operation makes in one thread. */
  readonly calls: number;
  /**
   * Creates what the operation needs; returns the work and the check to run after the kill and the next
   * start.
   */
  readonly prepare: (here: KilledInstallation, random: Random) => Promise<Prepared>;
}

export interface Prepared {
  /** Sends the request, and waits for the end of what it started. */
  readonly work: () => Promise<Answer | undefined>;
  /** @param answer the answer to the request; undefined when the server was killed first */
  readonly judge: (answer: Answer | undefined) => Promise<Verdict>;
}

export interface Verdict {
  /** The outcome in a word or two. */
  readonly ended: string;
  readonly faults: readonly string[];
}

/**
 * Waits for the end of the operation that a request started, or for the end of the server; the answer had
 * arrived by then.
 */
export const through = async (
  here: KilledInstallation,
  answer: Answer,
  pathOf: (body: Answer['body']) => string,
): Promise<Answer> => {
  if (answer.status === 202)
    await here.api.ended(pathOf(answer.body), 30).catch((thrown: unknown) => {
      if (!isGone(thrown)) throw thrown;
    });
  return answer;
};

/** How a record ended: only success, or interrupted when it was killed, is correct. */
export const endOf = async (
  here: KilledInstallation,
  answer: Answer | undefined,
  pathOf: (body: Answer['body']) => string,
): Promise<{ record: Answer['body'] | undefined; ended: string; faults: string[] }> => {
  if (answer === undefined) return { record: undefined, ended: 'no answer', faults: [] };
  if (answer.status !== 202)
    return { record: undefined, ended: 'refused', faults: [`refused: ${answer.status} ${answer.text}`] };
  const record = await here.ended(pathOf(answer.body));
  const { state, shortError, errorCode } = record;
  if (state === 'SUCCESS') return { record, ended: 'success', faults: [] };
  const isInterrupted = state === 'FAILED' && String(shortError).includes('interrupted');
  return {
    record,
    ended: isInterrupted ? 'interrupted' : state,
    faults: isInterrupted ? [] : [`it is ${state}, ${errorCode}: ${shortError}`],
  };
};

const newest = async (here: KilledInstallation): Promise<Answer['body'] | undefined> => {
  const { resources } = (await here.api.get('/v1/backups?limit=1000')).body;
  return resources.find(
    ({ id, state, replacedBy }: Answer['body']) =>
      state === 'SUCCESS' && replacedBy === undefined && Object.keys(here.contentsOf(id)).length > 0,
  );
};

/** The newest backup, or a new one when there is none. */
export const someBackup = async (here: KilledInstallation): Promise<Answer['body']> =>
  (await newest(here)) ?? here.backup();

export const change = (here: KilledInstallation, random: Random): void => {
  for (let count = 1 + random.below(5); count > 0; count -= 1)
    writeFileSync(
      here.path('files', `f${random.below(30)}`),
      random.content(random.pick([0, 10, 5_000, 200_000])),
    );
  writeFileSync(here.path('notes', 'note'), random.bytes(20));
};

export const backupPath = ({ id }: Answer['body']): string => `/v1/backups/${id}`;
