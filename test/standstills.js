/** When the machine stood still, seen from a thread that does nothing else: no test can delay it. */
import { Worker } from 'node:worker_threads';

const MOST = 100;

const watch = `
  const { workerData } = require('node:worker_threads');
  const times = new Float64Array(workerData.shared);
  let last = Date.now();
  setInterval(() => {
    const now = Date.now();
    const index = 1 + 2 * times[0];
    if (now - last > workerData.milliseconds && index + 1 < times.length) {
      times.set([last, now], index);
      times[0] += 1;
    }
    last = now;
  }, 500);
`;

export class Standstills {
  #shared = new SharedArrayBuffer(8 * (1 + 2 * MOST));
  #thread;

  /** @param milliseconds Longer ones count. */
  constructor(milliseconds) {
    this.#thread = new Worker(watch, { eval: true, workerData: { shared: this.#shared, milliseconds } });
    this.#thread.unref();
  }

  /** From when to when, in milliseconds since 1970. */
  get all() {
    const times = new Float64Array(this.#shared);
    return Array.from({ length: times[0] }, (_, index) => [times[1 + 2 * index], times[2 + 2 * index]]);
  }

  async end() {
    await this.#thread.terminate();
  }
}
