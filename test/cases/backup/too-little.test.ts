import { spawnSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { backupReport } from '../../../lib/cli/reports/backup-report.ts';
import { Answer } from '../../../lib/cli/requests/answer.ts';
import type { BackupView } from '../../../lib/model/records/backup.ts';
import type { Api } from '../../acceptance/api.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

const canMount =
  process.getuid?.() === 0 &&
  spawnSync('sh', ['-c', 'd=$(mktemp -d) && mount -t tmpfs -o size=1m none $d && umount $d']).status === 0;
if (!canMount) process.stderr.write('\nSKIPPED: tests of mount points need the right to mount a tmpfs\n');

describe('a folder in which less is found than there should be', () => {
  let here: Installation;
  let api: Api;
  const component = (id: string, settings: object = {}) => ({
    id,
    kind: 'directory',
    path: 'source',
    ...settings,
  });
  beforeAll(async () => {
    here = await Installation.start({
      config: () => ({
        components: [
          component('plain'),
          component('empty', { path: 'empty' }),
          component('empty-allowed', { path: 'empty', onEmpty: 'allow' }),
          component('empty-fails', { path: 'empty', onEmpty: 'fail' }),
          component('no-photos', { include: ['photos/', '/x/**'], exclude: ['*.tmp'] }),
          component('fewer', { path: 'many' }),
          component('fewer-allowed', { path: 'many', onFewer: 'allow' }),
          component('fewer-fails', { path: 'many', onFewer: 'fail' }),
          component('mounted', { path: 'mounted', oneFileSystem: true }),
        ],
      }),
    });
    api = here.api;
    await writeTree(here.path('source'), { 'a.txt': 'alpha', 'b/c.txt': 'beta' });
    await mkdir(here.path('empty', 'folders', 'only'), { recursive: true });
    await mkdir(here.path('mounted', 'disk'), { recursive: true });
  });
  afterAll(() => here.close());

  const backup = (id: string) => api.backup({ components: [id] });

  test('no file at all: PARTIAL with that as its reason, FAILED or SUCCESS where that was asked for [B7]', async () => {
    const record = await backup('empty');
    expect(record).toMatchObject({
      state: 'PARTIAL',
      components: {
        empty: {
          state: 'PARTIAL',
          entries: 3,
          skippedCount: 1,
          skipped: [
            { path: '.', reason: expect.stringMatching(/^no file was found: .*mounted\?.*"onEmpty"/) },
          ],
        },
      },
    });
    expect((await backup('empty-allowed')).state).toBe('SUCCESS');
    const failed = await backup('empty-fails');
    expect(failed.state).toBe('FAILED');
    expect(failed.shortError).toMatch(/no file was found.*"onEmpty"/);
    const restore = await api.restore(record.id, { targets: { empty: here.path('restored') } });
    expect(restore.state).toBe('SUCCESS');
  });

  test('patterns that matched nothing are named, and are the reason when nothing is left', async () => {
    const record = await backup('no-photos');
    expect(record.state).toBe('PARTIAL');
    const { skipped, warnings } = record.components['no-photos'];
    expect(skipped[0].reason).toContain('include "photos/" matched nothing; include "/x/**" matched nothing');
    expect(warnings).toEqual([
      'include "photos/" matched nothing',
      'include "/x/**" matched nothing',
      'exclude "*.tmp" matched nothing',
    ]);
    const { body } = await api.get(`/v1/backups/${record.id}`);
    expect(backupReport(new Answer<BackupView>(body)).join('\n')).toContain(
      'warnings\n  no-photos: include "photos/" matched nothing\n',
    );
  });

  test('a pattern that matched nothing leaves a whole backup a SUCCESS', async () => {
    const record = await backup('plain');
    expect(record.state).toBe('SUCCESS');
    expect(record.components.plain.warnings).toBeUndefined();
  });

  test('fewer than half as many as last time: PARTIAL once, then that is what is compared with', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, 'x']));
    const ids = ['fewer', 'fewer-allowed', 'fewer-fails'];
    await writeTree(here.path('many'), many);
    for (const id of ids) expect((await backup(id)).state).toBe('SUCCESS');
    for (let i = 2; i < 30; i += 1) await rm(here.path('many', `f${i}`));
    const [fewer, allowed, failed] = [
      await backup('fewer'),
      await backup('fewer-allowed'),
      await backup('fewer-fails'),
    ];
    expect(fewer.state).toBe('PARTIAL');
    expect(fewer.components.fewer.skipped).toEqual([
      {
        path: '.',
        reason: expect.stringMatching(/^only 3 entries were found, where the last backup has 31 /),
      },
    ]);
    expect(allowed.state).toBe('SUCCESS');
    expect(failed).toMatchObject({ state: 'FAILED', shortError: expect.stringContaining('only 3 entries') });
    expect((await backup('fewer')).state).toBe('SUCCESS');
    expect((await backup('fewer-fails')).state).toBe('FAILED');
  });

  (canMount ? test : test.skip)('mount points that oneFileSystem keeps out are named', async () => {
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', here.path('mounted', 'disk')]);
    try {
      await writeTree(here.path('mounted', 'disk'), { 'inside.txt': 'x' });
      const record = await backup('mounted');
      expect(record.state).toBe('PARTIAL');
      expect(record.components.mounted.skipped[0].reason).toMatch(
        /no file was found: .*mounted there: "disk"/,
      );
      expect(record.components.mounted.warnings).toEqual([
        'oneFileSystem: not entered, since other file systems are mounted there: "disk"',
      ]);
    } finally {
      spawnSync('umount', [here.path('mounted', 'disk')]);
    }
  });
});
