/**
 * Checks whether `npm ci` will accept package-lock.json: it needs an entry for every optional package, also of other
 * platforms. `npm install` drops those that its registry does not offer, and then `npm ci` refuses the file.
 * `--complete` adds them; a package for another platform is never fetched, so its entry needs only what its name tells.
 *
 * No package may ask for a newer Node than the oldest one that may run `npm ci`: npm warns of each (EBADENGINE),
 * although all of them run on the Node 24 that this `npm ci` installs. `--complete` removes that field.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Entry {
  version?: string;
  cpu?: string[];
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  libc?: string[];
  engines?: { node?: string };
  optionalDependencies?: Record<string, string>;
}

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock: { packages: Record<string, Entry> } = JSON.parse(readFileSync(path, 'utf8'));

/** Where Node would look for a dependency of the package at `from`. */
const places = (from: string, name: string): string[] => {
  const found = [`${from === '' ? '' : `${from}/`}node_modules/${name}`];
  const outer = from.lastIndexOf('/node_modules/');
  return from === '' ? found : [...found, ...places(outer < 0 ? '' : from.slice(0, outer), name)];
};

const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const processors = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

/** The platform that a package's name tells, as in `@biomejs/cli-linux-x64-musl`. */
const platformOf = (name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> => {
  const words = name.split(/[-/]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  if (os.length + cpu.length === 0) throw new Error(`${name} does not tell its platform: add it by hand`);
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  return {
    ...(cpu.length > 0 && { cpu }),
    ...(os.length > 0 && { os }),
    ...(os.includes('linux') && { libc: [libc] }),
  };
};

/** The major version in devEngines of package.json. */
const OLDEST_NODE = 20;

const tooNew = Object.entries(lock.packages).filter(
  ([name, { engines, optional }]) =>
    name !== '' &&
    optional !== true &&
    (engines?.node?.split('||') ?? []).every((range) => Number(/\d+/.exec(range)?.[0] ?? 0) > OLDEST_NODE) &&
    engines?.node !== undefined,
);

const missing: [name: string, entry: Entry][] = [];
for (const [from, { optionalDependencies = {}, dev }] of Object.entries(lock.packages))
  for (const [name, version] of Object.entries(optionalDependencies))
    if (!places(from, name).some((place) => place in lock.packages))
      missing.push([
        `node_modules/${name}`,
        {
          version: version.replace(/^[\^~]/, ''),
          ...(dev === true && { dev }),
          optional: true,
          ...platformOf(name),
        },
      ]);

if (missing.length + tooNew.length > 0 && process.argv.includes('--complete')) {
  for (const [, entry] of tooNew) delete entry.engines;
  const packages = { ...lock.packages, ...Object.fromEntries(missing) };
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
  process.stderr.write(
    `package-lock.json: ${missing.length} optional packages added, ${tooNew.length} fields "engines" taken out\n`,
  );
} else {
  const faults = [
    ...(missing.length === 0
      ? []
      : [
          `lacks ${missing.length} optional packages, such as ${missing[0]?.[0]}, and npm ci would refuse it`,
        ]),
    ...(tooNew.length === 0
      ? []
      : [
          `has ${tooNew.length} packages, such as ${tooNew[0]?.[0]}, of which npm ci would warn on Node ${OLDEST_NODE}`,
        ]),
  ];
  for (const fault of faults)
    process.stderr.write(`package-lock.json ${fault}: run node bin/lock-file.ts --complete\n`);
  if (faults.length > 0) process.exitCode = 1;
}
