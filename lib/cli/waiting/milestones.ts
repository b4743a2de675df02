/**
 * The steps of a run as lines, each once and in order, however fast the run is: a step that no poll has seen is shown
 * when a later step shows that it is over.
 */
import { ownValue } from '../../archive/own-value.ts';
import { type OperationKind, operationTable } from '../../model/records/operation.ts';
import { countOf, formatBytes } from '../terminal/quantities.ts';
import { visible } from '../terminal/visible-text.ts';
import type { Running, RunningPart } from './running.ts';

/** What the command waits for: an operation, or a restore that is only planned. */
export type Run = OperationKind | 'dry-run';

/** The last step of a dry run. */
const DRY_RUN_STEPS = ['acquire-lock', 'open-archive'];
const factsOf = (run: Run): { steps: readonly string[]; componentStep?: string } =>
  run === 'dry-run' ? { steps: DRY_RUN_STEPS } : operationTable[run];

const ENDS: Readonly<Record<string, string>> = {
  SUCCESS: 'done',
  PARTIAL: 'done, with entries skipped',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  REFUSED: 'done: a restore would be refused',
};
const CAME_TO_THE_END = ['SUCCESS', 'PARTIAL', 'REFUSED'];

export class Milestones {
  readonly #steps: readonly string[];
  readonly #partStep: string;
  #told = 0;
  readonly #toldSteps = new Set<string>();
  readonly #toldParts = new Set<string>();

  constructor(kind: Run) {
    const { steps, componentStep = '' } = factsOf(kind);
    this.#steps = steps;
    this.#partStep = componentStep;
  }

  /** The lines that are new since the last poll. */
  reached(run: Running): string[] {
    const lines: string[] = [];
    const index = CAME_TO_THE_END.includes(run.state)
      ? this.#steps.length - 1
      : this.#steps.indexOf(run.step);
    for (; this.#told <= index; this.#told += 1) {
      const step = this.#steps[this.#told] ?? '';
      // Lines of components come before the next step.
      if (this.#toldSteps.has(this.#partStep)) lines.push(...this.#parts(run));
      this.#toldSteps.add(step);
      lines.push(step);
    }
    if (index < 0 && run.step !== '' && run.step !== 'accepted' && !this.#toldSteps.has(run.step)) {
      this.#toldSteps.add(run.step);
      lines.push(run.step);
    }
    lines.push(...this.#parts(run));
    const end = ownValue(ENDS, run.state);
    if (end !== undefined) lines.push(end);
    return lines;
  }

  #parts(run: Running): string[] {
    return run.parts.flatMap((part) => {
      if (part.state === 'PENDING' || part.state === 'IN_PROGRESS' || part.state === '') return [];
      if (this.#toldParts.has(part.name)) return [];
      this.#toldParts.add(part.name);
      return [`${this.#partStep} ${partLine(part)}`];
    });
  }
}

/** `attachments: 1,234 entries, 5.6 MB, 2 skipped`. */
const partLine = (part: RunningPart): string => {
  const told = [countOf(part.entries, 'entry', 'entries'), formatBytes(part.bytes)];
  if (part.skipped > 0) told.push(`${countOf(part.skipped, 'thing')} skipped`);
  if (part.state === 'FAILED' || part.state === 'SKIPPED') told.splice(0, 2, part.state);
  if (part.shortError !== '') told.push(visible(part.shortError));
  return `${visible(part.name)}: ${told.join(', ')}`;
};
