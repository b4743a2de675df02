/**
 * Loaded into a server by `node --import`: notes how long its main thread kept everybody waiting, and how much memory it
 * took. Processor time between two beats of a timer, and not the clock's: on a machine that has much else to do a beat
 * comes late though nothing was blocked.
 */
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const file = process.env.HOLDFAST_TEST_PROBE;
if (isMainThread && file !== undefined) {
  let cpu = process.threadCpuUsage();
  let worst = { blockedMs: 0, rssMb: 0 };
  let noted = performance.now();
  const beat = () => {
    const { user, system } = process.threadCpuUsage(cpu);
    cpu = process.threadCpuUsage();
    worst = {
      blockedMs: Math.max(worst.blockedMs, (user + system) / 1000),
      rssMb: Math.max(worst.rssMb, process.memoryUsage.rss() / 1e6),
    };
    if (performance.now() - noted < 50) return;
    appendFileSync(file, `${JSON.stringify({ at: Date.now(), ...worst })}\n`);
    noted = performance.now();
    worst = { blockedMs: 0, rssMb: 0 };
  };
  setInterval(beat, 2).unref();
}
