/**
 * What is measured: the engine, and the tools that people use today. Each backs a folder up into a place, and restores
 * from it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInstalled } from './measure.ts';

export interface Contestant {
  readonly name: string;
  /** The programs that must be installed. */
  readonly tools: readonly string[];
  /** Starts from nothing; not measured. */
  prepare(place: string): void;
  backup(source: string, place: string): string;
  restore(place: string, target: string): string;
  /** Reads an archive back, for contestants where that is of interest. */
  verify?(place: string): string;
  readonly env?: NodeJS.ProcessEnv;
}

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`;
const fresh = (place: string): void => {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
};

/** `program` is what `bundleEngine` made. */
const engine = (program: string, level: number): Contestant => ({
  name: `Holdfast, level ${level}`,
  tools: [],
  // As in every installation: the second process need not compile what the first one did.
  env: { NODE_COMPILE_CACHE: join(tmpdir(), 'holdfast-bench-compile-cache') },
  prepare: fresh,
  backup: (source, place) =>
    `${quoted(process.execPath)} ${quoted(program)} backup ${quoted(source)} ${quoted(join(place, 'archive'))} ${level}`,
  restore: (place, target) =>
    `${quoted(process.execPath)} ${quoted(program)} restore ${quoted(join(place, 'archive'))} ${quoted(target)}`,
  verify: (place) =>
    `${quoted(process.execPath)} ${quoted(program)} verify ${quoted(join(place, 'archive'))}`,
});

const shell = (level: number): Contestant => ({
  name: `tar, zstd -${level}, age`,
  tools: ['tar', 'zstd', 'age', 'age-keygen'],
  prepare: (place) => {
    fresh(place);
    execFileSync('age-keygen', ['-o', join(place, 'key')], { stdio: 'ignore' });
  },
  backup: (source, place) =>
    `tar -C ${quoted(source)} -cf - . | zstd -q -${level} | age -r "$(age-keygen -y ${quoted(join(place, 'key'))})" -o ${quoted(join(place, 'archive'))}`,
  restore: (place, target) =>
    `age -d -i ${quoted(join(place, 'key'))} ${quoted(join(place, 'archive'))} | zstd -q -d | tar -xf - -C ${quoted(target)}`,
});

const secret = {
  RESTIC_PASSWORD: 'bench',
  BORG_PASSPHRASE: 'bench',
  BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
};

const restic: Contestant = {
  name: 'restic',
  tools: ['restic'],
  env: secret,
  prepare: (place) => {
    fresh(place);
    execFileSync('restic', ['init', '-q', '-r', join(place, 'repo')], { env: { ...process.env, ...secret } });
  },
  backup: (source, place) =>
    `cd ${quoted(source)} && restic -q -r ${quoted(join(place, 'repo'))} --no-cache backup .`,
  restore: (place, target) =>
    `restic -q -r ${quoted(join(place, 'repo'))} --no-cache restore latest --target ${quoted(target)}`,
};

const borg: Contestant = {
  name: 'borg, zstd 1',
  tools: ['borg'],
  env: { ...secret, BORG_BASE_DIR: '' },
  prepare: (place) => {
    fresh(place);
    execFileSync('borg', ['init', '-e', 'repokey-blake2', join(place, 'repo')], {
      stdio: 'ignore',
      env: { ...process.env, ...secret, BORG_BASE_DIR: place },
    });
  },
  backup: (source, place) =>
    `cd ${quoted(source)} && BORG_BASE_DIR=${quoted(place)} borg create -C zstd,1 ${quoted(join(place, 'repo'))}::a .`,
  restore: (place, target) =>
    `cd ${quoted(target)} && BORG_BASE_DIR=${quoted(place)} borg extract ${quoted(join(place, 'repo'))}::a`,
};

export const ENGINE_NAME = 'Holdfast, level 1';
export const SHELL_NAME = 'tar, zstd -1, age';

/** The contestants that can run here, and what the others lack. `program` is the engine's. */
export const contestants = (
  program: string,
): {
  readonly present: readonly Contestant[];
  readonly missing: readonly string[];
} => {
  const all = [engine(program, 1), shell(1), engine(program, 3), shell(3), restic, borg];
  const lacks = ({ tools }: Contestant): boolean => !tools.every(isInstalled);
  return { present: all.filter((one) => !lacks(one)), missing: all.filter(lacks).map(({ name }) => name) };
};
