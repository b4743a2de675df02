/** What a backup reports about extended attributes, which it does not keep. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test as plainTest } from '@jest/globals';
import {
  type AttributeCount,
  AttributeCounter,
} from '../../../lib/components/directory/extended-attributes.ts';
import { walk } from '../../../lib/components/directory/walk.ts';
import { attributeWarnings } from '../../../lib/components/directory/walk-report.ts';
import type { Api } from '../../acceptance/api.ts';
import { scratchFolder } from '../../archive/samples/tree-fixtures.ts';
import { testWith } from '../../tools/debian-tools.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

const test = testWith('getfattr', 'setcap', 'setfacl');

describe('extended attributes, which no archive keeps', () => {
  let here: Installation;
  let api: Api;
  beforeAll(async () => {
    const component = (id: string, settings: object = {}) => ({
      id,
      kind: 'directory',
      path: 'source',
      ...settings,
    });
    here = await Installation.start({
      config: () => ({
        components: [
          component('all'),
          component('some', { exclude: ['left-out'] }),
          component('ignored', { extendedAttributes: 'ignore' }),
          component('plain', { path: 'plain' }),
        ],
      }),
    });
    api = here.api;
    await writeTree(here.path('plain'), { 'a.txt': 'alpha' });
    await writeTree(here.path('source'), {
      'a.txt': 'alpha',
      'left-out/b.txt': 'beta',
      program: 'x',
      'a line\nuser.feed': 'x',
      '-m': 'x',
      '-': 'x',
    });
  });
  afterAll(() => here.close());

  const warningsOf = async (id: string): Promise<unknown> => {
    const record = await api.backup({ components: [id] });
    expect(record.state).toBe('SUCCESS');
    return record.components[id].warnings;
  };
  const told = (count: string): unknown[] => [
    expect.stringContaining(`${count} of programs: these are not in`),
  ];

  test('are counted by kind, in what the component keeps, whatever the names [B7]', async () => {
    const run = (command: string, ...args: string[]): void => {
      execFileSync(command, args, { cwd: here.path('source'), stdio: 'ignore' });
    };
    expect(await warningsOf('all')).toBeUndefined();
    for (const name of ['a.txt', 'left-out/b.txt', 'a line\nuser.feed', './-m', './-'])
      run('setfattr', '-n', 'user.note', '-v', 'x', name);
    mkdirSync(here.path('source', 'shared'));
    run('setfacl', '-m', 'u:12345:r,d:u:12345:r', 'shared');
    run('setfacl', '-m', 'u:12345:r', 'a.txt');
    run('setcap', 'cap_net_raw+ep', 'program');
    symlinkSync('a.txt', here.path('source', 'link'));
    expect(await warningsOf('all')).toEqual(
      told('7 entries have extended attributes, 2 of them access control lists and 1 capabilities'),
    );
    expect(await warningsOf('some')).toEqual(
      told('6 entries have extended attributes, 2 of them access control lists and 1 capabilities'),
    );
    expect(await warningsOf('ignored')).toBeUndefined();
    expect(await warningsOf('plain')).toBeUndefined();
  });
});

describe('a counter of attributes', () => {
  const systemPath = process.env.PATH;
  afterEach(() => {
    process.env.PATH = systemPath;
  });

  /** The count with this program in place of `xargs`, or with no such program. */
  const counted = async (program?: string): Promise<AttributeCount | undefined> => {
    using scratch = scratchFolder();
    if (program !== undefined) {
      writeFileSync(`${scratch.path}/xargs`, `#!/bin/sh\n${program}\n`);
      chmodSync(`${scratch.path}/xargs`, 0o755);
    }
    process.env.PATH = scratch.path;
    using counter = new AttributeCounter(scratch.path);
    expect([...counter.watch(walk(scratch.path))].length).toBeGreaterThan(0);
    return await counter.end();
  };
  const one = "echo '# file: a.txt'; echo user.note";

  plainTest('says nothing where its programs are not installed', async () => {
    expect(await counted()).toBeUndefined();
    expect(await counted('exit 127')).toBeUndefined();
  });

  plainTest(
    'says that it did not come to the end, and what it has seen by then',
    async () => {
      const seen = { entries: 1, lists: 0, capabilities: 0 };
      expect(await counted(one)).toEqual({ ...seen, complete: true });
      expect(await counted(`${one}; exit 123`)).toEqual({ ...seen, complete: true });
      expect(await counted(`${one}; kill -9 $$`)).toEqual({ ...seen, complete: false });
      expect(await counted(`${one}; exit 1`)).toEqual({ ...seen, complete: false });
      expect(await counted(`${one}; exec /bin/sleep 1000`)).toEqual({ ...seen, complete: false });
      expect(attributeWarnings({ ...seen, complete: false })[0]).toMatch(/^at least 1 entry has extended/);
      expect(attributeWarnings({ ...seen, entries: 0, complete: false })).toEqual([
        expect.stringContaining('the count of extended attributes is incomplete'),
      ]);
    },
    30_000,
  );
});
