/**
 * Loaded before a program (`node --import`), in its threads, too: calls on names below a folder `faulty-SEED-ONEIN` fail
 * now and then, one in ONEIN, with an error of the system. Node's own calls are what is replaced. What fails follows from
 * the seed and from the order of the calls in a thread.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const ERRORS = ['EPERM', 'EACCES', 'EIO', 'EROFS', 'EINVAL', 'ENAMETOOLONG', 'EBUSY', 'EOPNOTSUPP', 'EXDEV'];
/** And rarely: what ends a restore. */
const OF_THE_WHOLE = ['ENOSPC', 'EDQUOT', 'EMFILE'];
const { readlinkSync } = fs;

const mixed = (text) => {
  let hash = 2_166_136_261;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
};

let folder = '';
let calls = 0;
const failNowAndThen = (call, name) => {
  const [found, seed = '', oneIn = ''] = /\/faulty-(\d+)-(\d+)\//.exec(name) ?? [];
  if (found === undefined) return;
  if (found !== folder) [folder, calls] = [found, 0];
  calls += 1;
  const random = mixed(`${seed} ${call} ${calls}`);
  if (random % Number(oneIn) !== 0) return;
  const codes = (random >>> 8) % 60 === 0 ? OF_THE_WHOLE : ERRORS;
  const code = codes[(random >>> 16) % codes.length];
  throw Object.assign(new Error(`${code}: made by a test, ${call}`), { code });
};

const nameOf = (target) => {
  if (typeof target !== 'number') return target.toString('latin1');
  try {
    return readlinkSync(`/proc/self/fd/${target}`);
  } catch {
    return '';
  }
};

/** Which argument the name, or the descriptor, is. */
const CALLS = {
  openSync: 0,
  writeSync: 0,
  ftruncateSync: 0,
  fchownSync: 0,
  fchmodSync: 0,
  futimesSync: 0,
  mkdirSync: 0,
  renameSync: 1,
  linkSync: 1,
  symlinkSync: 1,
  lchownSync: 0,
  lutimesSync: 0,
  chmodSync: 0,
  utimesSync: 0,
};
for (const [call, at] of Object.entries(CALLS)) {
  const real = fs[call];
  fs[call] = (...args) => {
    failNowAndThen(call, nameOf(args[at]));
    return real(...args);
  };
}
syncBuiltinESMExports();
