/**
 * Preloaded into a server that a campaign watches: writes the longest block since the last time into the file that
 * `HOLDFAST_TEST_BLOCKS` names, whenever the process gets SIGUSR2.
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
