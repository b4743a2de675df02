/**
 * Loaded before a program (`node --import`), in its threads, too: reads of files fail as FAILING_READS says, which is JSON
 * of a part of a name, an error and the byte of the file from which on it comes: `[["disk", "EIO", 4096], …]`. Node's own
 * calls are what is replaced: no file system that fails like a dying disk can be had without one.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const rules = JSON.parse(process.env.FAILING_READS ?? '[]');
const { readSync, readlinkSync } = fs;

const positionOf = (descriptor, position) => {
  if (typeof position === 'number') return position;
  const [, at] = /^pos:\s*(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
  return Number(at);
};

fs.readSync = (descriptor, buffer, offset, length, position) => {
  let end = length;
  const name = rules.length === 0 ? '' : readlinkSync(`/proc/self/fd/${descriptor}`);
  for (const [part, code, from] of rules) {
    if (!name.includes(part)) continue;
    const at = positionOf(descriptor, position);
    if (at >= from) throw Object.assign(new Error(`${code}: made by a test`), { code });
    end = Math.min(end, from - at);
  }
  return readSync(descriptor, buffer, offset, end, position);
};
syncBuiltinESMExports();
