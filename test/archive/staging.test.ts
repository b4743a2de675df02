/** Files in the making, where the target reaches over several file systems. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TargetSurvey } from '../../lib/archive/extract/target-survey.ts';
import { byteStringOf } from '../../lib/archive/tar/byte-string.ts';
import type { TarEntry } from '../../lib/archive/tar/tar-entry.ts';
import { makeStaging, removeStaging, stagedNear, stagingFor } from '../../lib/archive/target/staging.ts';
import { TargetFolder } from '../../lib/archive/target/target-folder.ts';
import { FileWriter } from '../../lib/archive/target/write-file.ts';
import { scratchFolder } from './tree-fixtures.ts';

let place = '';
let folder: Disposable | undefined;
afterEach(() => folder?.[Symbol.dispose]());
beforeEach(() => {
  const scratch = scratchFolder();
  folder = scratch;
  place = scratch.path;
});

const staging = { name: '.holdfast-r', mounts: ['data/deep', 'data'] };
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
    expect(['data/deep/a', 'data/a', 'database/a', 'a'].map((path) => stagingFor(staging, path))).toEqual([
      'data/deep/.holdfast-r',
      'data/.holdfast-r',
      '.holdfast-r',
      '.holdfast-r',
    ]);
  });

  test('that were gathered on another one are copied over, and nothing is left behind', () => {
    mkdirSync(join(place, 'data', 'deep'), { recursive: true });
    const target = new TargetFolder(byteStringOf(place));
    makeStaging(target, staging, { asRoot: false });
    const writer = new FileWriter({
      folder: target,
      staging,
      existing: 'refuse',
      isFresh: false,
      asRoot: false,
      job: 'job',
    });
    expect(writer.write(entry, Buffer.from('content'))).toBe(true);
    expect(readFileSync(join(place, entry.path), 'utf8')).toBe('content');
    writer.stage('large-1', Buffer.from('large'), 0);
    const staged = stagedNear(target, staging, { name: 'large-1', path: 'data/large' });
    expect(String(staged)).toBe(join(place, 'data', '.holdfast-r', 'large-1'));
    expect(readFileSync(staged, 'utf8')).toBe('large');
    expect(readdirSync(join(place, '.holdfast-r'))).toEqual([]);
    removeStaging(target, staging);
    expect(readdirSync(place, { recursive: true }).sort()).toEqual(['data', 'data/deep', 'data/deep/file']);
  });

  test('mounts are met by a look at the target, the deepest first, folders that are to be made not among them', () => {
    const isMount = (path: string): boolean => lstatSync(path).dev !== lstatSync(join(path, '..')).dev;
    // What an operating system mounts anyway; without any there is nothing to be met.
    const known = ['/dev/shm', '/dev', '/proc'].filter(isMount);
    writeFileSync(join(place, 'here'), '');
    mkdirSync(join(place, 'folder'));
    const own = new TargetSurvey(byteStringOf(place));
    own.decide('folder/new/file', 'file', 'refuse');
    // To what is mounted behind a link, nothing is written, not for a moment.
    symlinkSync('/', join(place, 'link'));
    for (const path of known) own.decide(`link${path}/nothing/here`, 'file', 'refuse');
    expect(own.mounts).toEqual([]);
    const root = new TargetSurvey('/');
    for (const path of known) root.decide(`${path.slice(1)}/nothing/here`, 'file', 'refuse');
    expect(root.mounts).toEqual(known.map((path) => path.slice(1)).sort((a, b) => b.length - a.length));
  });
});
