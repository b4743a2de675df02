/**
 * Preloaded into a server that a campaign watches: at each SIGUSR2 it writes the longest block since the
 * previous signal into the file that `HOLDFAST_TEST_BLOCKS` names.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { EventLoopWatch } from './event-loop-watch.ts';

const path = process.env.HOLDFAST_TEST_BLOCKS;
if (isMainThread && path !== undefined) {
  const watch = new EventLoopWatch();
  let longest = watch.start();
  process.on('SIGUSR2', () => {
    writeFileSync(`${path}.new`, JSON.stringify(longest()));
    renameSync(`${path}.new`, path);
    longest = watch.start();
  });
}
