/**
 * Closes a pool directly after a job was answered, while nothing else keeps the process alive; prints
 * `closed` afterwards.
 */
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';

const pool = new SegmentPool({ size: 1 });
const parse = async (): Promise<void> => {
  const json = Buffer.alloc(1, '{');
  await pool.parseManifest(json).catch(() => undefined);
};
await parse();
void parse();
// The answer stays unread, because this loop blocks the event loop.
const until = Date.now() + 1_000;
while (Date.now() < until);
await pool.close();
console.log('closed');
