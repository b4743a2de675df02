/** Adds to the engine's checkpoints what a component knows: what it left out itself, and its place in the source. */
import type { CapturedGroup, CaptureSink } from '../archive/capture/capture-sink.ts';
import type { Skipped } from '../archive/format.ts';
import { NAMED_SKIPPED } from '../archive/manifest-bounds.ts';
import type { CaptureTask } from './component-kind.ts';
import { logLeftOut } from './left-out.ts';

export abstract class ComponentSink implements CaptureSink {
  readonly #sink: CaptureSink;
  readonly #log: (skipped: Skipped) => void;
  /** What was left out since the last checkpoint. */
  readonly #skipped: Skipped[] = [];
  readonly emit: CaptureSink['emit'];
  readonly progress: CaptureSink['progress'];
  readonly stopsNext: () => boolean;

  constructor({ sink, log }: Pick<CaptureTask<object>, 'sink' | 'log'>) {
    this.#sink = sink;
    this.#log = logLeftOut(log);
    this.emit = (member) => sink.emit(member);
    this.progress = (done) => sink.progress(done);
    this.stopsNext = () => sink.stopsNext?.() ?? false;
  }

  /**
   * The component's own fields of the cursor. Called once for each checkpoint.
   *
   * @param group counts and names `leftOut`, too: what the component left out since the last checkpoint
   */
  protected abstract cursorFields(group: CapturedGroup, leftOut: readonly Skipped[]): object;

  /** Names something that was left out, or is not complete. */
  skip(skipped: Skipped): void {
    this.#skipped.push(skipped);
    this.#log(skipped);
  }

  checkpoint(group: CapturedGroup): Promise<'continue' | 'stop'> {
    const leftOut = this.#skipped.splice(0);
    const whole = {
      ...group,
      skipped: [...group.skipped, ...leftOut].slice(0, NAMED_SKIPPED),
      skippedCount: group.skippedCount + leftOut.length,
    };
    return this.#sink.checkpoint({
      ...whole,
      cursor: { ...group.cursor, ...this.cursorFields(whole, leftOut) },
    });
  }
}
