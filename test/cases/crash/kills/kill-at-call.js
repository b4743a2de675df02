/**
 * Loaded before a server (`node --import`), in its threads, too: once the file exists that HOLDFAST_TEST_KILL names, the
 * process is killed at the Nth call that writes, of one thread: `N before`, `N after`, or `N half`, which writes half of
 * what was to be written first. Calls are Node's own, of files and of SQLite: no call in between is noticed, and what the
 * system itself holds is kept, as when a process is killed.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';

const armedBy = process.env.HOLDFAST_TEST_KILL ?? '';
const { readFileSync } = fs;
let moment;
let calls = 0;

const armed = () => {
  if (moment !== undefined) return moment;
  try {
    const [at, how] = readFileSync(armedBy, 'utf8').split(' ');
    moment = { at: Number(at), how };
  } catch {
    // Not yet.
  }
  return moment;
};
const die = () => {
  process.kill(process.pid, 'SIGKILL');
  // The signal comes at once, and if not to this thread first, it has nothing to do.
  for (;;);
};
/** Whether it is now; counts the call. */
const isNow = () => {
  if (armed() === undefined) return false;
  calls += 1;
  return calls === moment.at;
};
/** @param half - does a part of it, and gives whatever must be waited for. */
const wrapped = (holder, name, half) => {
  const real = holder[name];
  holder[name] = function (...args) {
    if (!isNow()) return real.apply(this, args);
    if (moment.how === 'before') die();
    const done =
      moment.how === 'half' && half !== undefined ? half(real, this, args) : real.apply(this, args);
    return typeof done?.then === 'function' ? done.then(die, die) : die();
  };
};
/** `write(file, bytes, offset, length, position)`, and without the file: of a handle. */
const halfOf = (at) => (real, self, args) => {
  const bytes = args[at];
  if (!ArrayBuffer.isView(bytes)) return undefined;
  const offset = typeof args[at + 1] === 'number' ? args[at + 1] : 0;
  const length = typeof args[at + 2] === 'number' ? args[at + 2] : bytes.byteLength - offset;
  const position = args[at + 3];
  return real.apply(self, [...args.slice(0, at), bytes, offset, Math.floor(length / 2), position]);
};

const NAMES = [
  'open',
  'mkdir',
  'rename',
  'rm',
  'rmdir',
  'unlink',
  'link',
  'symlink',
  'copyFile',
  'writeFile',
  'chmod',
];
const { open } = fs.promises;
for (const name of NAMES) {
  wrapped(fs.promises, name);
  wrapped(fs, `${name}Sync`);
}
for (const name of ['ftruncate', 'fchown', 'fchmod', 'futimes', 'lchown', 'lutimes', 'utimes', 'fsync'])
  wrapped(fs, `${name}Sync`);
wrapped(fs, 'writeSync', halfOf(1));
const handle = await open(new URL(import.meta.url));
const prototype = Object.getPrototypeOf(handle);
await handle.close();
wrapped(prototype, 'write', halfOf(0));
for (const name of ['writev', 'sync', 'datasync', 'truncate', 'writeFile']) wrapped(prototype, name);
wrapped(DatabaseSync.prototype, 'exec');
wrapped(StatementSync.prototype, 'run');
syncBuiltinESMExports();
