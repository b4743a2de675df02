/**
 * Loaded before a program (`node --import`), in its threads, too: calls on names below a folder `faulty-SEED-ONEIN` fail
 * now and then, one in ONEIN, with an error of the system. Below a folder `faulty-tree-SEED-ONEIN` calls that read fail, and
 * as often the world changes just before one: a name vanishes, something else takes its place, a file grows. What was there
 * at some moment is written to the file `history` beside that folder, before it is there. Node's own calls are what is
 * replaced. What happens follows from the seed and from the order of the calls in a thread.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const ERRORS = ['EPERM', 'EACCES', 'EIO', 'EROFS', 'EINVAL', 'ENAMETOOLONG', 'EBUSY', 'EOPNOTSUPP', 'EXDEV'];
/** And rarely: what ends a restore. */
const OF_THE_WHOLE = ['ENOSPC', 'EDQUOT', 'EMFILE'];
const { readlinkSync, lstatSync, rmSync, renameSync, symlinkSync, mkdirSync, readFileSync } = fs;
const { writeFileSync, appendFileSync } = fs;

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
  if (typeof target !== 'number') {
    const name = target.toString('latin1');
    const [, folder, rest] = /^\/proc\/self\/fd\/(\d+)(\/.*)$/s.exec(name) ?? [];
    return folder === undefined ? name : nameOf(Number(folder)) + rest;
  }
  try {
    return readlinkSync(`/proc/self/fd/${target}`);
  } catch {
    return '';
  }
};

const remember = (base, state) => appendFileSync(`${base}/history`, `${JSON.stringify(state)}\n`);
const CHANGES = {
  vanishes: (base, name, path) => {
    remember(base, { path, gone: true });
    rmSync(name, { recursive: true, force: true });
  },
  becomesFile: (base, name, path) => {
    const content = `another ${path} ${Math.random()}`;
    writeFileSync(`${base}/spare`, content);
    if (lstatSync(name).isDirectory()) CHANGES.vanishes(base, name, path);
    remember(base, { path, file: content });
    renameSync(`${base}/spare`, name);
  },
  becomesLink: (base, name, path) => {
    CHANGES.vanishes(base, name, path);
    remember(base, { path, link: `${base}/outside` });
    symlinkSync(`${base}/outside`, name);
  },
  becomesFolder: (base, name, path) => {
    CHANGES.vanishes(base, name, path);
    remember(base, { path, folder: true });
    mkdirSync(name);
  },
  grows: (base, name, path) => {
    const { nlink } = lstatSync(name);
    if (nlink > 1 || !lstatSync(name).isFile()) return;
    const more = ` and more ${Math.random()}`;
    remember(base, { path, file: readFileSync(name, 'utf8') + more });
    appendFileSync(name, more);
  },
  isWrittenAnew: (base, name, path) => {
    const stats = lstatSync(name);
    if (stats.nlink > 1 || !stats.isFile() || stats.size > 4_000) return;
    const content = `anew ${path} ${Math.random()}`;
    for (const file of ['', content]) remember(base, { path, file });
    writeFileSync(name, content);
  },
};
/** Threads share what the calls of one tree have come to by their number alone: each has its own. */
let tree = '';
let treeCalls = 0;
let isBusy = false;
const meddleNowAndThen = (call, name) => {
  const [found, base = '', seed = '', oneIn = '', path = ''] =
    /^(.*)\/faulty-tree-(\d+)-(\d+)\/source(?:\/(.*))?$/s.exec(name) ?? [];
  if (found === undefined || isBusy) return;
  const here = `${base} ${seed}`;
  if (here !== tree) [tree, treeCalls] = [here, 0];
  treeCalls += 1;
  const random = mixed(`${seed} ${call} ${treeCalls}`);
  if (random % Number(oneIn) !== 0) return;
  if ((random >>> 8) % 2 === 0) {
    const code = ERRORS[(random >>> 16) % ERRORS.length];
    remember(base, { path, call, code });
    throw Object.assign(new Error(`${code}: made by a test, ${call}`), { code });
  }
  if (path === '' || path.endsWith('/')) return;
  const changes = Object.values(CHANGES);
  isBusy = true;
  try {
    changes[(random >>> 16) % changes.length]?.(base, name, path);
  } catch {
    // What is to be changed is gone already.
  } finally {
    isBusy = false;
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
/** Those that read. */
for (const call of [
  'openSync',
  'readSync',
  'fstatSync',
  'lstatSync',
  'statSync',
  'readdirSync',
  'readlinkSync',
]) {
  const real = fs[call];
  fs[call] = (...args) => {
    meddleNowAndThen(call, nameOf(args[0]));
    return real(...args);
  };
}
syncBuiltinESMExports();
