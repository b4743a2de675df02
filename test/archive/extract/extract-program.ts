/**
 * Extracts the component `files` in a separate process: `extract-program.ts ARCHIVE IDENTITY TARGET
 * RESTORE_ID`. With a number as a fifth argument, the process is killed after it has extracted that many
 * files, in the middle of any write. Prints the result.
 */

import { existingChoices } from '../../../lib/archive/destination/existing.ts';
import { extractTar } from '../../../lib/archive/extract/extract-tar.ts';
import { openFileSource } from '../../../lib/archive/reader/byte-source.ts';
import { openArchive } from '../../../lib/archive/reader/open.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';

const [path = '', identity = '', target = '', restoreId = '', last = 'Infinity'] = process.argv.slice(2);
const pool = new SegmentPool({ size: last === '1' ? 1 : 2 });
const outcome = await extractTar({
  archive: await openArchive(await openFileSource(path), { trust: () => true }),
  component: 'files',
  identity,
  pool,
  target,
  existing: existingChoices.find((choice) => choice === process.env.EXISTING) ?? 'refuse',
  restoreId,
  onProgress: ({ entries }) => {
    if (entries >= Number(last)) process.kill(process.pid, 'SIGKILL');
  },
});
console.log(JSON.stringify(outcome));
await pool.close();
