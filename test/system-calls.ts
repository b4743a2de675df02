/** Reads from an `strace` log where a process and its threads wrote. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** For each call that changes something by name or by descriptor: the positions of those arguments. */
const PATHS: Readonly<Record<string, readonly number[]>> = {
  open: [0],
  creat: [0],
  mkdir: [0],
  mknod: [0],
  rmdir: [0],
  unlink: [0],
  rename: [0, 1],
  link: [0, 1],
  symlink: [1],
  chmod: [0],
  chown: [0],
  lchown: [0],
  truncate: [0],
  utime: [0],
  utimes: [0],
  setxattr: [0],
  lsetxattr: [0],
  removexattr: [0],
  lremovexattr: [0],
};
/** The same for calls that take a folder's descriptor before each path. */
const PATHS_AT: Readonly<Record<string, readonly number[]>> = {
  openat: [0],
  openat2: [0],
  mkdirat: [0],
  mknodat: [0],
  unlinkat: [0],
  renameat: [0, 2],
  renameat2: [0, 2],
  linkat: [0, 2],
  symlinkat: [1],
  fchmodat: [0],
  fchmodat2: [0],
  fchownat: [0],
  futimesat: [0],
  utimensat: [0],
};
const DESCRIPTORS: Readonly<Record<string, readonly number[]>> = {
  write: [0],
  pwrite64: [0],
  writev: [0],
  pwritev: [0],
  pwritev2: [0],
  ftruncate: [0],
  fallocate: [0],
  fchmod: [0],
  fchown: [0],
  fsetxattr: [0],
  fremovexattr: [0],
  sendfile: [0],
  copy_file_range: [2],
};
/** Calls that no restore needs, and that would hide later effects from the trace. */
const NEVER = [
  'io_uring_setup',
  'mount',
  'umount2',
  'pivot_root',
  'chroot',
  'move_mount',
  'open_tree',
  'setns',
  'unshare',
  'ptrace',
  'init_module',
  'finit_module',
  'bpf',
  'splice',
  'vmsplice',
];

const TRACED = [...Object.keys({ ...PATHS, ...PATHS_AT, ...DESCRIPTORS }), ...NEVER, 'execve', 'execveat'];

/**
 * The strace options under which a program keeps its process id, and each thread writes a file
 * `<prefix>.<id>`.
 */
export const tracer = (prefix: string): readonly string[] => [
  'strace',
  '-D',
  '-ff',
  '-y',
  // The trace omits the data that calls write.
  '-s',
  '0',
  '-e',
  'signal=none',
  // The question mark allows calls that this machine's architecture lacks.
  '-e',
  `trace=${TRACED.map((call) => `?${call}`).join(',')}`,
  '-o',
  prefix,
];

export interface Call {
  readonly name: string;
  /** The absolute paths at which the call changed something. */
  readonly paths: readonly string[];
  readonly line: string;
}

/** Splits at commas that are neither in quotes nor in brackets. */
const argumentsOf = (text: string): string[] => {
  const found: string[] = [];
  let [depth, start, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (quoted) {
      if (letter === '\\') at += 1;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === '{' || letter === '[' || letter === '<') depth += 1;
    else if (letter === '}' || letter === ']' || letter === '>') depth -= 1;
    else if (letter === ',' && depth === 0) {
      found.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...found, text.slice(start).trim()];
};

/** Decodes the C escapes of a quoted argument. */
const textOf = (quoted: string): string | undefined => {
  const [, inside] = /^"(.*)"/s.exec(quoted) ?? [];
  return inside?.replace(/\\(?:([0-7]{1,3})|x([0-9a-f]{2})|(.))/g, (_, octal, hex, letter: string) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' }[letter] ?? letter;
  });
};

/** The path of a descriptor as `-y` shows it: `3</tmp/x>`; undefined for sockets, pipes and the like. */
const behind = (descriptor: string): string | undefined => {
  const [, path] = /^(?:-?\d+|AT_FDCWD)<(\/.*)>$/.exec(descriptor) ?? [];
  return path?.replace(/ \(deleted\)$|\(deleted\)$/, '');
};

const WRITING = /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/;

const pathsOf = (name: string, args: readonly string[], result: string): string[] => {
  const found: (string | undefined)[] = [];
  if (/^open|^creat/.test(name)) {
    if (name !== 'creat' && !WRITING.test(args.slice(1).join())) return [];
    // The real place of the opened file, after following links.
    found.push(behind(result));
  }
  for (const index of DESCRIPTORS[name] ?? []) found.push(behind(args[index] ?? ''));
  for (const index of PATHS[name] ?? []) found.push(resolve('/', textOf(args[index] ?? '') ?? 'not a path'));
  for (const index of PATHS_AT[name] ?? []) {
    const folder = behind(args[index] ?? '') ?? '/no folder';
    const path = textOf(args[index + 1] ?? '');
    found.push(path === undefined ? folder : resolve(folder, path));
  }
  return found.filter((path) => path !== undefined);
};

/**
 * All calls that had an effect or may have had one.
 *
 * @throws for a line that is not a call, because the trace may then be incomplete
 */
export const tracedCalls = (folder: string, prefix: string): Call[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith(`${prefix}.`))
    .flatMap((name) => readFileSync(join(folder, name), 'latin1').split('\n'))
    .flatMap((line): Call[] => {
      if (line === '' || /^(?:\+\+\+|---) /.test(line)) return [];
      const [, call, args = '', result = ''] = /^(\w+)\((.*)\)\s+= (.*)$/s.exec(line) ?? [];
      if (call === undefined) {
        // The thread ended during the call.
        if (/^\w+\(.*(?:<unfinished \.\.\.>|= \?)$/s.test(line)) return [];
        throw new Error(`strace said what is no call: ${line}`);
      }
      if (/^-1 /.test(result) && !NEVER.includes(call)) return [];
      return [{ name: call, paths: pathsOf(call, argumentsOf(args), result), line }];
    });

/**
 * libuv makes a ring for batches of `epoll_ctl` in every loop. Its other ring, for files, uses kernel
 * polling, and Node does not enable it.
 */
const isRingOfEpoll = (line: string): boolean =>
  line.startsWith('io_uring_setup') && !line.includes('IORING_SETUP_SQPOLL');

export const isNever = ({ name, line }: Call): boolean => NEVER.includes(name) && !isRingOfEpoll(line);
