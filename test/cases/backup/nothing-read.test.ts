/** A folder whose files cannot be read at all. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

const isRoot = process.getuid?.() === 0;

describe('a folder of which nothing could be read', () => {
  let here: Installation;
  let api: Api;
  const ids = ['closed', 'closed-folder', 'half', 'links', 'pipe'];
  beforeAll(async () => {
    here = await Installation.start({
      config: () => ({ components: ids.map((id) => ({ id, kind: 'directory', path: id })) }),
      // Root may read everything, so the server runs as root without that capability.
      through: isRoot ? ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'] : [],
    });
    api = here.api;
    await writeTree(here.path('closed'), { 'a.txt': 'alpha', 'b/c.txt': 'beta', 'b/empty': '' });
    await writeTree(here.path('closed-folder'), { 'private/a.txt': 'alpha' });
    await writeTree(here.path('half'), { 'a.txt': 'alpha', 'b.txt': '' });
    await writeTree(here.path('links'), { 'a.txt': 'alpha' });
    await mkdir(here.path('pipe'));
    execFileSync('ln', ['-s', 'a.txt', here.path('links', 'b')]);
    execFileSync('mkfifo', [here.path('pipe', 'one')]);
    for (const path of [
      'closed/a.txt',
      'closed/b/c.txt',
      'closed/b/empty',
      'closed-folder/private',
      'half/a.txt',
      'links/a.txt',
    ])
      await chmod(here.path(path), 0);
  });
  afterAll(async () => {
    await chmod(here.path('closed-folder/private'), 0o700);
    await here.close();
  });

  test.each([
    ['closed', 3, 'entries are', /the first: "a.txt" permission denied/],
    ['closed-folder', 1, 'entry is', /the first: "private" its contents: permission denied/],
  ])(
    '%s: the component is FAILED, and the first of what is not there is named [B1] [B7]',
    async (id, count, are, first) => {
      const record = await api.backup({ components: [id, 'half'] });
      expect(record).toMatchObject({
        state: 'PARTIAL',
        components: {
          [id]: { state: 'FAILED', entries: 0, errorCode: 'component_failed' },
          half: { state: 'PARTIAL', entries: 2, skippedCount: 1 },
        },
      });
      const { shortError } = record.components[id];
      expect(shortError).toContain(`could be read, and ${count} ${are} not in the backup`);
      expect(shortError).toMatch(first);
      const targets = { [id]: here.path(`${id}-restored`) };
      const { status, body } = await api.post(`/v1/backups/${record.id}/restores`, { targets });
      expect({ status, detail: body.detail }).toEqual({
        status: 404,
        detail: expect.stringContaining(`this backup has nothing of this component: ${shortError}`),
      });
      expect((await api.backup({ components: [id] })).state).toBe('FAILED');
    },
  );

  test('a link is something, and a pipe is nothing that could have been read', async () => {
    const record = await api.backup({ components: ['links', 'pipe'] });
    expect(record).toMatchObject({
      state: 'PARTIAL',
      components: {
        links: { state: 'PARTIAL', entries: 2, skippedCount: 1 },
        pipe: {
          state: 'PARTIAL',
          entries: 1,
          skipped: [
            { path: '.', reason: expect.stringContaining('no file was found') },
            { path: 'one', reason: 'is a named pipe' },
          ],
        },
      },
    });
  });
});
