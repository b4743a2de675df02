/** Where staged files are: on the target's file system, and in whole folders when the target was empty. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  makeStaging,
  moveTree,
  removeStaging,
  type Staging,
  stagedPath,
} from '../../../lib/archive/destination/staging.ts';
import { FileWriter } from '../../../lib/archive/destination/write-file.ts';
import { TargetSurvey } from '../../../lib/archive/extract/plan/target-survey.ts';
import { byteStringOf } from '../../../lib/archive/tar/byte-string.ts';
import type { TarEntry } from '../../../lib/archive/tar/tar-entry.ts';
import { scratchFolder } from '../samples/tree-fixtures.ts';

let place = '';
let folder: Disposable | undefined;
afterEach(() => folder?.[Symbol.dispose]());
beforeEach(() => {
  const scratch = scratchFolder();
  folder = scratch;
  place = scratch.path;
});

const mounted = (): Staging => ({
  target: byteStringOf(place),
  name: '.holdfast-r',
  isFresh: false,
  mounts: ['data/deep', 'data'],
});
const fresh = (): Staging => ({ ...mounted(), isFresh: true, mounts: [] });
const writerTo = (staging: Staging): FileWriter =>
  new FileWriter({ staging, existing: 'refuse', asRoot: false, setuid: true, job: 'job' });
const entry: TarEntry = {
  path: 'data/deep/file',
  type: 'file',
  mode: 0o640,
  uid: 0,
  gid: 0,
  size: 7,
  mtimeSeconds: 1_700_000_000,
  mtimeNanoseconds: 0,
  link: '',
};

describe('files in the making', () => {
  test('lie on the file system where they are going to stand', () => {
    const paths = ['data/deep/a', 'data/a', 'database/a', 'a'];
    expect(paths.map((path) => stagedPath(mounted(), 'job', path))).toEqual(
      ['data/deep/.holdfast-r/job', 'data/.holdfast-r/job', '.holdfast-r/job', '.holdfast-r/job'].map(
        (path) => join(place, path),
      ),
    );
  });

  test('are gathered there, too, and nothing is left behind', async () => {
    mkdirSync(join(place, 'data', 'deep'), { recursive: true });
    const staging = mounted();
    await makeStaging(staging, { asRoot: false });
    const writer = writerTo(staging);
    expect(writer.write(entry, Buffer.from('content'))).toBe(true);
    expect(readFileSync(join(place, entry.path), 'utf8')).toBe('content');
    writer.stage('large-1', 'data/large', Buffer.from('large'), 0);
    expect(readFileSync(join(place, 'data', '.holdfast-r', 'large-1'), 'utf8')).toBe('large');
    expect(readdirSync(join(place, '.holdfast-r'))).toEqual(['mounts.json']);
    await removeStaging(staging);
    expect(readdirSync(place, { recursive: true }).sort()).toEqual(['data', 'data/deep', 'data/deep/file']);
  });

  test('mounts are met by a look at the target, the deepest first, folders that are to be made not among them', () => {
    const isMount = (path: string): boolean => lstatSync(path).dev !== lstatSync(join(path, '..')).dev;
    // Mounts that every Linux system has; without any of them, this part checks nothing.
    const known = ['/dev/shm', '/dev', '/proc'].filter(isMount);
    writeFileSync(join(place, 'here'), '');
    mkdirSync(join(place, 'folder'));
    const own = new TargetSurvey(byteStringOf(place));
    own.decide('folder/new/file', 'file', 'refuse');
    // The restore never writes to a file system that is mounted behind a link.
    symlinkSync('/', join(place, 'link'));
    for (const path of known) own.decide(`link${path}/nothing/here`, 'file', 'refuse');
    expect(own.mounts).toEqual([]);
    const root = new TargetSurvey('/');
    for (const path of known) root.decide(`${path.slice(1)}/nothing/here`, 'file', 'refuse');
    expect(root.mounts).toEqual(known.map((path) => path.slice(1)).sort((a, b) => b.length - a.length));
  });
});

describe('folders for an empty target', () => {
  test('grow in the staging folder, and move to their places as they are', async () => {
    const staging = fresh();
    await makeStaging(staging, { asRoot: false });
    const writer = writerTo(staging);
    writer.write(entry, Buffer.from('content'));
    writer.write({ ...entry, path: 'beside' }, Buffer.from('content'));
    writer.folder('empty/folder');
    expect(readdirSync(place).sort()).toEqual(['.holdfast-r', 'beside']);
    await moveTree(staging);
    await removeStaging(staging);
    expect(readdirSync(place, { recursive: true }).sort()).toEqual([
      'beside',
      'data',
      'data/deep',
      'data/deep/file',
      'empty',
      'empty/folder',
    ]);
    expect(readFileSync(join(place, entry.path), 'utf8')).toBe('content');
  });

  test('go into folders that have come into their places meanwhile, and replace nothing beside', async () => {
    const staging = fresh();
    await makeStaging(staging, { asRoot: false });
    writerTo(staging).write(entry, Buffer.from('content'));
    mkdirSync(join(place, 'data', 'deep'), { recursive: true });
    writeFileSync(join(place, 'data', 'deep', 'other'), 'mine');
    await moveTree(staging);
    expect(readFileSync(join(place, entry.path), 'utf8')).toBe('content');
    expect(readFileSync(join(place, 'data', 'deep', 'other'), 'utf8')).toBe('mine');
  });

  test('do not go through a symlink that has come into their way meanwhile', async () => {
    const staging = fresh();
    await makeStaging(staging, { asRoot: false });
    writerTo(staging).write(entry, Buffer.from('content'));
    mkdirSync(join(place, 'elsewhere'));
    symlinkSync('elsewhere', join(place, 'data'));
    await expect(moveTree(staging)).rejects.toThrow('data is a symbolic link in the target');
    expect(readdirSync(join(place, 'elsewhere'))).toEqual([]);
  });

  test('hold the last file of a name, where the file system takes two names for one', async () => {
    const staging = fresh();
    await makeStaging(staging, { asRoot: false });
    const writer = writerTo(staging);
    writer.write(entry, Buffer.from('content'));
    writer.write({ ...entry, mode: 0o600 }, Buffer.from('another'));
    await moveTree(staging);
    expect(readFileSync(join(place, entry.path), 'utf8')).toBe('another');
    expect(lstatSync(join(place, entry.path)).mode & 0o777).toBe(0o600);
  });
});
