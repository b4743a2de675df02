/**
 * A campaign tries the same thing again and again with random input, for minutes or hours. A new one is a file that
 * exports `campaign`, and a line in `campaigns.ts`.
 */
import type { Random } from '../hostile/fuzz/random.ts';

export interface Judgement {
  /** How it went, in few words: cases are counted by it. */
  readonly ended: string;
  /** Of a case that tries many things: how many of them went how. They are counted in its place. */
  readonly tries?: Readonly<Record<string, number>>;
  /** All that was wrong. */
  readonly faults: readonly string[];
  /** Of a process that the case watched itself, in place of the one that it ran in. */
  readonly peakMegabytes?: number;
  readonly blockedMs?: number;
}

/** A case, made and not yet tried: only the trying is watched. */
export interface CaseReport {
  /** What is odd about it. */
  readonly bends: readonly string[];
  /** What is kept of a case that went wrong. */
  readonly bytes?: Buffer;
  judge(): Promise<Judgement>;
}

export interface CaseRunner extends AsyncDisposable {
  /** @param number - of the case, from 0: its random choices are its own. */
  run(random: Random, number: number): Promise<CaseReport>;
}

export interface Campaign {
  readonly name: string;
  /** One line for the table. */
  readonly tries: string;
  /** Its own file: a process for each seed loads it. */
  readonly module: string;
  /** So many cases are tried of a seed. */
  readonly casesPerSeed: number;
  /** A seed takes several processes, if it has more cases than this. @default all of them in one */
  readonly casesPerProcess?: number;
  /** Of the time, as compared with the others. */
  readonly share: number;
  readonly limits: {
    /** Resident memory of the process, at any time. */
    readonly megabytes: number;
    /** Processor time of its main thread without a turn of the event loop. */
    readonly blockedMs: number;
    /** Processor time of one case. */
    readonly seconds: number;
    /** By the clock, for a case that waits for what does not come. @default ten times as many */
    readonly waitSeconds?: number;
  };
  /** What all cases of a process share. */
  prepare(): Promise<CaseRunner>;
}
