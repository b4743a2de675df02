/**
 * Tries cases of a campaign in a separate process, and prints a JSON line before and after each:
 * `cases-program.ts MODULE SEED FROM COUNT [FOLDER]`. FOLDER receives the bytes of cases with faults.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Random } from '../hostile/fuzz/random.ts';
import type { Campaign, CaseReport, CaseRunner, Judgement } from './campaign.ts';
import { EventLoopWatch } from './event-loop-watch.ts';
import { jsonLine } from './json-line.ts';
import { peakMegabytes, resetPeak } from './peak-memory.ts';

export interface CaseBegun {
  readonly begun: number;
  readonly bends: readonly string[];
}
export interface CaseEnded extends Judgement {
  readonly done: number;
}

const [module = '', seed = '', from = '', count = '', folder] = process.argv.slice(2);
const { campaign }: { campaign: Campaign } = await import(module);
const { limits } = campaign;
const watch = new EventLoopWatch();

const print = (line: CaseBegun | CaseEnded): void => void process.stdout.write(jsonLine(line));

const made = async (runner: CaseRunner, number: number): Promise<CaseReport | string> => {
  try {
    return await runner.run(new Random(Number(seed), number), number);
  } catch (thrown) {
    // The test's writer could not make the case, so no code of Holdfast was tried.
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  }
};

const judged = async (report: CaseReport): Promise<Judgement> => {
  try {
    return await report.judge();
  } catch (thrown) {
    const why = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { ended: 'broke', faults: [`the case itself broke: ${why.slice(0, 1_000)}`] };
  }
};

const beyond = ({ peakMegabytes: peak = 0, blockedMs = 0 }: Judgement): string[] => [
  ...(peak > limits.megabytes ? [`took ${peak} MB`] : []),
  ...(blockedMs > limits.blockedMs ? [`blocked for ${blockedMs} ms`] : []),
];

setFlagsFromString('--expose-gc');
/** Collects garbage, so that the cost of making a case does not count as the cost of trying it. */
const collect: () => void = runInNewContext('gc');

await using runner = await campaign.prepare();
for (let number = Number(from); number < Number(from) + Number(count); number += 1) {
  const report = await made(runner, number);
  if (typeof report === 'string') {
    print({ done: number, ended: 'not made', faults: [] });
    continue;
  }
  print({ begun: number, bends: report.bends });
  collect();
  resetPeak();
  const longest = watch.start();
  const judgement = await judged(report);
  const { blockedMs } = longest();
  const peak = peakMegabytes();
  const measured: Judgement = {
    ...(peak === undefined ? {} : { peakMegabytes: peak }),
    blockedMs,
    ...judgement,
  };
  const faults = [...judgement.faults, ...beyond(measured)];
  if (faults.length > 0 && folder !== undefined && report.bytes !== undefined)
    writeFileSync(join(folder, `${campaign.name.replaceAll(' ', '-')}-${seed}-${number}.bin`), report.bytes);
  print({ done: number, ...measured, faults });
}
