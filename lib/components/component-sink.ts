/** What the capture of a component adds to what the engine tells the sink: what it left out itself, and where it stands. */
import type { CapturedGroup, CaptureSink } from '../archive/capture/capture-sink.ts';
import type { Skipped } from '../archive/format.ts';
import { NAMED_SKIPPED } from '../archive/manifest-bounds.ts';
import type { CaptureTask } from './component-kind.ts';
import { logLeftOut } from './left-out.ts';

export abstract class ComponentSink implements CaptureSink {
  readonly #sink: CaptureSink;
  readonly #log: (skipped: Skipped) => void;
  /** Since the last checkpoint. */
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
   * The fields that the component's cursor has beside the engine's. Called once for each checkpoint.
   *
   * @param group with what the component left out since the last checkpoint, `leftOut`, counted and named in it
   */
  protected abstract cursorFields(group: CapturedGroup, leftOut: readonly Skipped[]): object;

  /** Names what was left out, or is not whole. */
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
