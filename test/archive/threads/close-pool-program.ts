/** Closes a pool whose job has just been answered, while nothing else keeps the process: prints `closed` once it is. */
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';

const pool = new SegmentPool({ size: 1 });
const parse = async (): Promise<void> => {
  const json = Buffer.alloc(1, '{');
  await pool.parseManifest(json).catch(() => undefined);
};
await parse();
void parse();
// The answer waits to be read, since this thread does not give its events a turn.
const until = Date.now() + 1_000;
while (Date.now() < until);
await pool.close();
console.log('closed');
