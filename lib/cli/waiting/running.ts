/** The common view of a backup, a restore and a verification while they run. */
import type { State } from '../../model/records/operation.ts';
import { Answer } from '../requests/answer.ts';

/** A component, which is worked on by itself. */
export interface RunningPart {
  readonly name: string;
  readonly state: string;
  readonly bytes: number;
  readonly entries: number;
  readonly skipped: number;
  readonly shortError: string;
}

export interface Running {
  readonly id: string;
  readonly state: string;
  readonly shortError: string;
  /** A code of the error table; empty when the server does not tell. */
  readonly errorCode: string;
  readonly step: string;
  readonly bytes: number;
  readonly entries: number;
  readonly expectedBytes: number | undefined;
  /** A restore that is only planned. */
  readonly dryRun: boolean;
  readonly parts: readonly RunningPart[];
}

/** The fields that the records of operations share. */
interface RunRecord {
  id: string;
  state: State;
  shortError: string;
  errorCode: string;
  dryRun: boolean;
  progress: { step: string; sourceBytes: number; entries: number; expectedBytes: number | null };
  components: Record<
    string,
    {
      state: string;
      bytes: number;
      sourceBytes: number;
      entries: number;
      skippedCount: number;
      shortError: string;
    }
  >;
}

/** Reads any of the three records, unchanged. */
export const runningOf = (record: Readonly<Record<string, unknown>>): Running => {
  const run = new Answer<RunRecord>(record);
  const progress = run.part('progress');
  return {
    id: run.text('id'),
    state: run.text('state'),
    shortError: run.text('shortError'),
    errorCode: run.text('errorCode'),
    step: progress.text('step'),
    bytes: progress.count('sourceBytes'),
    entries: progress.count('entries'),
    expectedBytes: progress.has('expectedBytes') ? progress.count('expectedBytes') : undefined,
    dryRun: run.flag('dryRun'),
    parts: run.byName('components').map(([name, part]) => ({
      name,
      state: part.text('state'),
      bytes: part.has('sourceBytes') ? part.count('sourceBytes') : part.count('bytes'),
      entries: part.count('entries'),
      skipped: part.count('skippedCount'),
      shortError: part.text('shortError'),
    })),
  };
};

/** Whether the run goes on. A state that this command line does not know counts as an end. */
export const isRunning = ({ state }: Running): boolean => state === 'IN_PROGRESS';
