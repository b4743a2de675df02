/** Resources that a host can lack, and faults that it can have. */
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../hostile/fuzz/random.ts';
import { randomState } from './data-folder-states.ts';
import { HostileMail, hostileMail } from './hostile-mail.ts';
import { SmallDisk } from './small-disk.ts';
import type { SessionOptions, StarvedInstallation } from './starved-installation.ts';

export interface Afflicted extends Omit<SessionOptions, 'seen'> {
  /** The fault, in words. */
  readonly told: string;
  /** The installation's path for this process, when it is not the installation's own folder. */
  readonly seen?: string;
  /** True when a damaged catalog may have lost the record that is requested. @default false */
  readonly mayLose?: boolean;
  /** Removes the fault. @param how the outcome of the start */
  cure(how: string): void | Promise<void>;
  /** Runs when the case is over. */
  end?(): void | Promise<void>;
}

type Ailment = (
  installation: StarvedInstallation,
  random: Random,
) => Promise<Afflicted | undefined> | Afflicted;

const HOUR = 3600_000;
const preloaded = new URL('./shifted-clock.js', import.meta.url).href;

const nothingToCure = (): void => undefined;

/** Leaves between no free byte and about as many as a backup and its restore need. */
const diskFull: Ailment = async (installation, random) => {
  const disk = await SmallDisk.over(installation.folder);
  if (disk === undefined) return undefined;
  const seen = disk.path;
  installation.setOut(seen);
  const free = 4_096 * random.below(random.pick([8, 64, 512]));
  // Sometimes there is no reserve file, because the server used it when the disk was full before.
  const hasReserve = random.chance(2);
  if (!hasReserve) writeFileSync(join(seen, 'data', 'disk.reserve'), '');
  disk.fill(free);
  return {
    told: `the disk has ${free} bytes free${hasReserve ? '' : ', and no reserve'}`,
    surroundings: { through: disk.through },
    seen,
    mayStay: true,
    cure: () => disk.empty(),
    end: () => disk[Symbol.dispose](),
  };
};

const memoryShort: Ailment = (_installation, random) => {
  const megabytes = random.between(16, 96);
  return {
    told: `${megabytes} MB of heap`,
    surroundings: { env: { NODE_OPTIONS: `--max-old-space-size=${megabytes}` } },
    mayDie: true,
    cure: nothingToCure,
  };
};

const descriptorsShort: Ailment = (_installation, random) => {
  const limit = random.between(24, 50);
  return {
    told: `${limit} descriptors`,
    surroundings: { through: ['prlimit', `--nofile=${limit}:${limit}`] },
    cure: nothingToCure,
  };
};

const clockWrong: Ailment = (_installation, random) => {
  const hours = random.pick([-24 * 365 * 30, -24 * 400, -25, -1, 1, 25, 24 * 400, 24 * 365 * 30]);
  return {
    told: `the clock is ${hours} hours ahead`,
    surroundings: {
      env: { HOLDFAST_TEST_CLOCK: String(hours * HOUR), NODE_OPTIONS: `--import=${preloaded}` },
    },
    cure: nothingToCure,
  };
};

const catalogDamaged: Ailment = (installation, random) => {
  const path = join(installation.folder, 'data', 'catalog.db');
  const { size } = statSync(path);
  const file = openSync(path, 'r+');
  const places: number[] = [];
  for (let count = random.pick([1, 1, 1, 4, 50]); count > 0; count -= 1) {
    const at = random.below(size);
    const length = random.pick([1, 1, 4, 100, 4_096]);
    writeSync(file, random.bytes(Math.min(length, size - at)), 0, undefined, at);
    places.push(at);
  }
  closeSync(file);
  return {
    told: `catalog.db is damaged at ${places.slice(0, 4).join(', ')}`,
    surroundings: {},
    mayBreak: true,
    mayLose: true,
    cure: (how) => {
      if (how === 'started') return;
      for (const name of ['catalog.db', 'catalog.db-wal', 'catalog.db-shm'])
        installation.putBack(installation.folder, name);
    },
  };
};

const mailHostile: Ailment = async (installation, random) => {
  const how = random.pick(Object.keys(hostileMail));
  const mail = await HostileMail.start(hostileMail[how] ?? (() => undefined));
  const scheme = random.pick(['smtp', 'smtp', 'smtps']);
  const email = { to: ['ops@example.com'], from: 'holdfast@example.com', smtp: { env: 'MAIL_URL' } };
  const rules = [{ events: ['*'], channels: ['*'] }];
  installation.configure(installation.folder, { notifications: { email, rules } });
  return {
    told: `the mail server ${how}, asked by ${scheme}`,
    surroundings: { env: { MAIL_URL: `${scheme}://127.0.0.1:${mail.port}` } },
    cure: () => installation.configure(installation.folder),
    end: () => mail[Symbol.asyncDispose](),
  };
};

const folderState: Ailment = (installation, random) => {
  const data = join(installation.folder, 'data');
  const state = randomState(random, data, installation.foreign);
  state.apply();
  const isArchive = state.name.startsWith('archives');
  return {
    told: state.told,
    surroundings: {},
    // Missing archives are reported when they are requested; the catalog of another installation has other
    // records.
    mayLose: isArchive || state.name.startsWith('catalog.db') || state.name === '.',
    cure: (how) => {
      if (state.name === '.') installation.setOut(installation.folder);
      else if (how !== 'started' || isArchive) installation.putBack(installation.folder, state.name);
    },
  };
};

export const ailments: Readonly<Record<string, Ailment>> = {
  'disk full': diskFull,
  'data folder': folderState,
  'memory short': memoryShort,
  'catalog damaged': catalogDamaged,
  'mail hostile': mailHostile,
  'descriptors short': descriptorsShort,
  'clock wrong': clockWrong,
};

/** The archives by name; a start that is refused must not change any of them. */
export const archivesIn = (data: string, names: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    names.flatMap((name) => {
      const path = join(data, 'archives', name);
      return existsSync(path) && statSync(path).isFile()
        ? [[name, readFileSync(path).toString('base64')]]
        : [];
    }),
  );
