/**
 * Runs one seed of a campaign: its cases run in a watched process, which restarts after a case that ended it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Campaign, Judgement } from './campaign.ts';
import type { CaseBegun, CaseEnded } from './cases-program.ts';
import { peakMegabytes } from './peak-memory.ts';

export interface TriedCase extends Judgement {
  readonly seed: number;
  readonly number: number;
  readonly bends: readonly string[];
}

export interface SeedOptions {
  readonly seed: number;
  /** @default 0 */
  readonly from?: number;
  /** @default the number of cases in the campaign's seed */
  readonly count?: number;
  /** The time after which no new case starts. */
  readonly until?: number;
  /** Ends the process even during a case, and does not report that case. */
  readonly signal?: AbortSignal | undefined;
  /** The folder for the bytes of cases that went wrong. */
  readonly folder?: string | undefined;
}

const program = fileURLToPath(new URL('./cases-program.ts', import.meta.url));
const LOOK_MILLISECONDS = 100;
/** The process is ended at this multiple of its memory limit, to protect the machine. */
const SPARED = 4;
const TICKS_PER_SECOND = 100;

const processorSeconds = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
};

interface Current {
  readonly number: number;
  readonly bends: readonly string[];
  readonly processor: number;
  readonly clock: number;
}

/** The reason to end the process during a case; undefined when it may continue. */
const excess = (pid: number, { limits }: Campaign, current: Current | undefined): string | undefined => {
  const megabytes = peakMegabytes(pid) ?? 0;
  if (megabytes > SPARED * limits.megabytes) return `took ${megabytes} MB, and was ended`;
  if (current === undefined) return undefined;
  const seconds = processorSeconds(pid) - current.processor;
  if (seconds > limits.seconds) return `took ${Math.round(seconds)} s of a processor, and was ended`;
  const waited = (performance.now() - current.clock) / 1000;
  // A busy machine alone cannot cause such a delay.
  return waited > (limits.waitSeconds ?? 10 * limits.seconds)
    ? `did not end in ${Math.round(waited)} s`
    : undefined;
};

/** Ends the process and all processes it has started. */
const end = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The process has already ended.
  }
};

interface Ended {
  /** The case during which the process ended. */
  readonly lost: TriedCase | undefined;
  readonly next: number;
}

const runProcess = async (
  campaign: Campaign,
  { seed, until = Number.POSITIVE_INFINITY, signal, folder }: SeedOptions,
  range: { readonly from: number; readonly count: number },
  onCase: (tried: TriedCase) => void,
): Promise<Ended> => {
  const args = [
    program,
    campaign.module,
    seed,
    range.from,
    range.count,
    ...(folder === undefined ? [] : [folder]),
  ];
  // This folder is removed even when the process is killed.
  const scratch = mkdtempSync(join(tmpdir(), 'holdfast-campaign-'));
  // Database servers run as another user and need to enter it.
  chmodSync(scratch, 0o711);
  const child = spawn(process.execPath, args.map(String), {
    detached: true,
    env: { ...process.env, TMPDIR: scratch },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let current: Current | undefined;
  let next = range.from;
  let words = '';
  let why: string | undefined;
  let isOver = false;
  child.stderr.on('data', (text: Buffer) => {
    words = `${words}${text}`.slice(-2_000);
  });
  const { pid = 0 } = child;
  const stop = (): void => {
    isOver = true;
    end(child);
  };
  signal?.addEventListener('abort', stop);
  const look = setInterval(() => {
    why ??= excess(pid, campaign, current);
    if (why !== undefined) end(child);
  }, LOOK_MILLISECONDS);
  const exited = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(String(error)));
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  for await (const text of createInterface({ input: child.stdout })) {
    const line: CaseBegun | CaseEnded = JSON.parse(text);
    if ('begun' in line) {
      const { begun: number, bends } = line;
      current = { number, bends, processor: processorSeconds(pid), clock: performance.now() };
      continue;
    }
    const { done: number, ...judgement } = line;
    onCase({ ...judgement, seed, number, bends: current?.bends ?? [] });
    current = undefined;
    next = number + 1;
    if (Date.now() >= until) stop();
  }
  const how = await exited;
  signal?.removeEventListener('abort', stop);
  clearInterval(look);
  end(child);
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
  if (isOver || (how === 'exit code 0' && current === undefined)) return { lost: undefined, next };
  const { number = next, bends = [] } = current ?? {};
  const fault = why ?? `the process ended: ${how}: ${words}`;
  return { lost: { seed, number, bends, ended: 'process lost', faults: [fault] }, next: number + 1 };
};

/** Tries the cases of a seed, and reports each of them. */
export const trySeed = async (
  campaign: Campaign,
  options: SeedOptions,
  onCase: (tried: TriedCase) => void,
): Promise<void> => {
  const { from = 0, count = campaign.casesPerSeed, until = Number.POSITIVE_INFINITY, signal } = options;
  const { casesPerProcess = count } = campaign;
  for (let at = from; at < from + count && Date.now() < until && signal?.aborted !== true; ) {
    const range = { from: at, count: Math.min(casesPerProcess, from + count - at) };
    const { lost, next } = await runProcess(campaign, options, range, onCase);
    if (lost !== undefined) onCase(lost);
    // If the process reached no case, skip one: it would not reach that case next time either.
    at = Math.max(next, at + 1);
  }
};
