/** A bar on the last line of a terminal: redrawn in place, and removed before anything else is printed. */
import { barLine, type Progress } from './bar-line.ts';
import { RateMeter } from './rate-meter.ts';

const FRAME_MS = 100;
const CLEAR_TO_END = '\x1b[J';

export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  readonly #rate = new RateMeter();
  readonly #timer: NodeJS.Timeout;
  #state: Progress | undefined;
  #drawn = '';
  #tick = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#timer.unref();
    stream.on('resize', this.#redraw);
  }

  update(state: Progress): void {
    this.#state = state;
    this.#rate.add(performance.now(), state.bytes);
    if (this.#drawn === '') this.#draw();
  }

  /** Prints a line that stays, above the bar. */
  print(line: string): void {
    this.#stream.write(`${this.#wipe()}${line}\n`);
    this.#draw();
  }

  /** Removes the bar; the terminal is as before. */
  end(): void {
    clearInterval(this.#timer);
    this.#stream.off('resize', this.#redraw);
    this.#stream.write(this.#wipe());
    this.#state = undefined;
  }

  readonly #redraw = (): void => this.#draw();

  #draw(): void {
    if (this.#state === undefined) return;
    this.#tick += 1;
    const wiped = this.#wipe();
    this.#drawn = barLine(this.#state, this.#rate.bytesPerSecond, this.#stream.columns || 80, this.#tick);
    this.#stream.write(wiped + this.#drawn);
  }

  /** In a narrower window the line now takes several rows: the cursor goes up to the first. */
  #wipe(): string {
    if (this.#drawn === '') return '';
    const rows = Math.ceil(this.#drawn.length / Math.max(1, this.#stream.columns || 80));
    this.#drawn = '';
    return `${rows > 1 ? `\x1b[${rows - 1}A` : ''}\r${CLEAR_TO_END}`;
  }
}
