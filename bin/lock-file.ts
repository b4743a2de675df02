/**
 * Says whether `npm ci` will take package-lock.json: it wants an entry for every optional package, also of other
 * platforms. `npm install` drops those that its registry does not offer, and then `npm ci` refuses the file.
 * `--complete` adds them; one for another platform is never fetched, so it needs no more than its name tells.
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

if (missing.length > 0 && process.argv.includes('--complete')) {
  const packages = { ...lock.packages, ...Object.fromEntries(missing) };
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
  process.stderr.write(`package-lock.json: ${missing.length} optional packages added\n`);
} else if (missing.length > 0) {
  process.stderr.write(
    `package-lock.json lacks ${missing.length} optional packages, such as ${missing[0]?.[0]}, and npm ci would refuse it: run node bin/lock-file.ts --complete\n`,
  );
  process.exitCode = 1;
}
