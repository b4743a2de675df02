/**
 * Extracts the component `files` as a process of its own: `extract-program.ts ARCHIVE IDENTITY TARGET RESTORE_ID`, and
 * with `die` behind it is killed after the first segment.
 */
import { openFileSource } from '../../lib/archive/container/byte-source.ts';
import { openArchive } from '../../lib/archive/container/open.ts';
import { extractTar } from '../../lib/archive/extract/extract-tar.ts';
import { SegmentPool } from '../../lib/archive/segments/segment-pool.ts';

const [path = '', identity = '', target = '', restoreId = '', end] = process.argv.slice(2);
const pool = new SegmentPool({ size: 1 });
await extractTar({
  archive: await openArchive(await openFileSource(path), { trust: () => true }),
  component: 'files',
  identity,
  pool,
  target,
  existing: 'refuse',
  restoreId,
  onProgress: () => {
    if (end === 'die') process.kill(process.pid, 'SIGKILL');
  },
});
await pool.close();
