/**
 * A campaign repeats the same check with random input, for minutes or hours. To add one, write a file that
 * exports `campaign` and add a line in `campaigns.ts`.
 */
import type { Random } from '../hostile/fuzz/random.ts';

export interface Judgement {
  /** The outcome in few words; the figures count cases by it. */
  readonly ended: string;
  /**
   * For a case that tries many things: the number of each outcome. The figures count these instead of the
   * case.
   */
  readonly tries?: Readonly<Record<string, number>>;
  /** Everything that was wrong. */
  readonly faults: readonly string[];
  /** Values of a process that the case itself watched, used instead of those of the process it ran in. */
  readonly peakMegabytes?: number;
  readonly blockedMs?: number;
}

/** A prepared case: limits apply only to `judge`. */
export interface CaseReport {
  /** What is unusual about the case. */
  readonly bends: readonly string[];
  /** Bytes to keep if the case goes wrong. */
  readonly bytes?: Buffer;
  judge(): Promise<Judgement>;
}

export interface CaseRunner extends AsyncDisposable {
  /** @param number of the case, from 0; the case's random choices depend only on it and the seed. */
  run(random: Random, number: number): Promise<CaseReport>;
}

export interface Campaign {
  readonly name: string;
  /** One line for the table. */
  readonly tries: string;
  /** The campaign's own file; the process for each seed loads it. */
  readonly module: string;
  /** The number of cases in one seed. */
  readonly casesPerSeed: number;
  /** The number of cases after which a seed continues in a new process. @default all of them in one */
  readonly casesPerProcess?: number;
  /** The campaign's share of the time, relative to the others. */
  readonly share: number;
  readonly limits: {
    /** The maximum resident memory of the process at any time. */
    readonly megabytes: number;
    /** The maximum processor time of its main thread without a turn of the event loop. */
    readonly blockedMs: number;
    /** The maximum processor time of one case. */
    readonly seconds: number;
    /**
     * The maximum elapsed time of a case, which may wait for something that never happens. @default ten times
     * as many
     */
    readonly waitSeconds?: number;
  };
  /** Prepares what all cases of a process share. */
  prepare(): Promise<CaseRunner>;
}
