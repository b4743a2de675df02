/** Bytes a second over the last seconds, so that a bar shows the present rate and not that of the whole run. */
const WINDOW_MS = 10_000;
/** The shortest time from which a rate is computed. */
const SHORTEST_MS = 400;

export class RateMeter {
  readonly #samples: { at: number; bytes: number }[] = [];

  /** `at` in milliseconds of any steady clock. */
  add(at: number, bytes: number): void {
    const last = this.#samples.at(-1);
    // A new step counts from zero again, so older samples are dropped.
    if (last !== undefined && bytes < last.bytes) this.#samples.length = 0;
    this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && at - (this.#samples[1]?.at ?? at) >= WINDOW_MS) this.#samples.shift();
  }

  /** The rate; undefined until enough is known. */
  get bytesPerSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < SHORTEST_MS) return undefined;
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
  }
}
