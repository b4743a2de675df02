/** Shows a run on standard error: as a bar on a terminal, plain lines elsewhere, status lines with `--json`. */

import type { Output } from '../terminal/output.ts';
import { visible } from '../terminal/visible-text.ts';
import type { Progress } from './bar-line.ts';
import { plainLine } from './plain-line.ts';
import { ProgressBar } from './progress-bar.ts';
import { RateMeter } from './rate-meter.ts';

export interface ProgressView {
  /** Shows the progress; may be called as often as one likes. */
  update(state: Progress & { readonly id: string; readonly state?: string }): void;
  /** Shows an event, once. */
  milestone(line: string): void;
  /** Ends the view: nothing is drawn any more. */
  end(): void;
}

/** How often a long step shows that it still runs. */
const PLAIN_EVERY_MS = 30_000;
/** How often programs get new byte counts; a new step is shown at once. */
const STATUS_EVERY_MS = 90;

export const progressView = (output: Output): ProgressView => {
  if (!output.showsProgress) return stepsView(output);
  if (output.json) return statusView(output);
  const drawable = process.stderr.isTTY && process.env.TERM !== 'dumb';
  return drawable ? barView(new ProgressBar(process.stderr)) : plainView(output);
};

const barView = (bar: ProgressBar): ProgressView => ({
  update: (state) => bar.update(state),
  milestone: (line) => bar.print(visible(line)),
  end: () => bar.end(),
});

/** The view of `--no-progress`: the steps, and nothing between them. */
const stepsView = (output: Output): ProgressView => ({
  update: () => undefined,
  milestone: (line) => output.note(line),
  end: () => undefined,
});

const plainView = (output: Output): ProgressView => {
  let lastAt = performance.now();
  const rate = new RateMeter();
  return {
    update: (state) => {
      rate.add(performance.now(), state.bytes);
      if (performance.now() - lastAt < PLAIN_EVERY_MS) return;
      lastAt = performance.now();
      output.note(plainLine(state, rate.bytesPerSecond));
    },
    milestone: (line) => {
      lastAt = performance.now();
      output.note(line);
    },
    end: () => undefined,
  };
};

const statusView = (output: Output): ProgressView => {
  let last = '';
  let lastStep = '';
  let lastAt = 0;
  return {
    update: (state) => {
      const line = JSON.stringify(state);
      const step = `${state.state} ${state.step}`;
      if (line === last || (step === lastStep && performance.now() - lastAt < STATUS_EVERY_MS)) return;
      output.status({ ...state });
      [last, lastStep, lastAt] = [line, step, performance.now()];
    },
    milestone: () => undefined,
    end: () => undefined,
  };
};
