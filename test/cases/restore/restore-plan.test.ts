import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api } from '../../acceptance/api.ts';
import { holdfast } from '../../cli/run-holdfast.ts';
import { writeTree } from '../files.ts';
import { Installation } from '../installation.ts';

const FILES = 11_200;
const name = (n: number): string => `file-${String(n).padStart(6, '0')}`;

let here: Installation;
let api: Api;
let backupId: string;
// biome-ignore lint/suspicious/noExplicitAny: a record of the API
let dryRun: any;

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      components: [
        { id: 'many', kind: 'directory', path: 'source' },
        { id: 'few', kind: 'directory', path: 'few' },
      ],
    }),
  });
  api = here.api;
  for (let n = 0; n < FILES; n += 1) await writeFile(here.path('source', name(n)), '');
  await writeTree(here.path('few'), { 'a.txt': 'alpha', 'b.txt': 'beta' });
  backupId = (await api.backup()).id;
  // One entry is in conflict: the target has a folder where the archive has a file.
  await mkdir(here.path('into', name(FILES - 1)), { recursive: true });
  const targets = { many: here.path('into'), few: here.path('few-into') };
  const { body } = await api.post(`/v1/backups/${backupId}/restores`, { targets, dryRun: true });
  dryRun = await api.ended(`/v1/restores/${body.id}`);
}, 120_000);
afterAll(() => here.close());

const planOf = async (query: string) => (await api.get(`/v1/restores/${dryRun.id}/plan${query}`)).body;

describe('the plan of a restore of very many files [B7]', () => {
  test('stands in the record with its first entries, what is refused first', () => {
    expect(dryRun).toMatchObject({ state: 'REFUSED', dryRun: true });
    const { counts, entries, listed } = dryRun.plan.many;
    // The skipped entry is the root: an existing folder keeps its own mode.
    expect(counts).toEqual({ create: FILES - 1, overwrite: 0, skip: 1, refuse: 1 });
    expect(entries[0]).toMatchObject({ path: name(FILES - 1), action: 'refuse' });
    expect(entries.length).toBeLessThanOrEqual(1_000);
    expect(listed).toBe(5_000);
    expect(JSON.stringify(dryRun).length).toBeLessThan(128 * 1024);
    expect(dryRun.plan.few).toMatchObject({ counts: { create: 3 }, listed: 3 });
    expect(dryRun.plan.few.entries).toHaveLength(3);
  });

  test('is read page by page, each entry once and in its order, and says how many are not listed', async () => {
    const paths: string[] = [];
    for (let skip = 0; ; ) {
      const page = await planOf(`?component=many&skip=${skip}&limit=777`);
      expect(page).toMatchObject({ skip, limit: 777, total: 5_000, unlisted: FILES + 1 - 5_000 });
      // biome-ignore lint/suspicious/noExplicitAny: an entry of the API
      paths.push(...page.resources.map((entry: any) => entry.path));
      expect(new Set(page.resources.map(({ component }: { component: string }) => component))).toEqual(
        new Set(['many']),
      );
      skip += page.resources.length;
      if (skip >= page.total) break;
    }
    const inOrder = ['.', ...Array.from({ length: FILES - 1 }, (_, n) => name(n))];
    expect(paths).toEqual([name(FILES - 1), ...inOrder].slice(0, 5_000));
  });

  test('is the plan of all components where none is named', async () => {
    const last = await planOf('?skip=4998&limit=10');
    expect(last.total).toBe(5_003);
    expect(last.resources.map(({ component }: { component: string }) => component)).toEqual([
      'many',
      'many',
      'few',
      'few',
      'few',
    ]);
    expect((await planOf('?skip=9000')).resources).toEqual([]);
  });

  test('is refused by name where there is none', async () => {
    expect(await planOf('?component=other')).toMatchObject({ status: 404, code: 'not_found' });
    expect(await planOf('?limit=1001')).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(await planOf('?component=constructor')).toMatchObject({ status: 404, code: 'not_found' });
    expect((await api.get('/v1/restores/nothing/plan')).body).toMatchObject({ status: 404 });
  });

  test('is listed by the command line, too', async () => {
    const run = (...args: string[]) => holdfast([...args, '--data', here.data]);
    const { code, out, err } = await run('restore', 'plan', dryRun.id, '--component', 'many', '--limit', '2');
    expect(code).toBe(0);
    expect(out).toBe(
      `many  refuse     ${name(FILES - 1)}: it is a directory in the target, and a restore never replaces directories\nmany  skip       .: existed before the restore, and keeps its own mode, owner and time (--root-attributes restores them)\n`,
    );
    expect(err).toContain('1 to 2 of 5,000 entries; --skip 2 shows more.');
    expect(err).toContain(
      `${(FILES + 1 - 5_000).toLocaleString('en')} more entries are planned, but not listed.`,
    );
    const shown = await run('restore', 'show', dryRun.id);
    expect(shown.out).toContain(`"holdfast restore plan ${dryRun.id}" lists more`);
  });

  test('stays when the restore has ended, and a restore that fails on it says so', async () => {
    const { body } = await api.post(`/v1/backups/${backupId}/restores`, {
      components: ['many'],
      targets: { many: here.path('into') },
    });
    const failed = await api.ended(`/v1/restores/${body.id}`);
    expect(failed).toMatchObject({ state: 'FAILED', shortError: expect.stringContaining('1 refused') });
    const page = (await api.get(`/v1/restores/${body.id}/plan?skip=9990&limit=20`)).body;
    expect(page).toMatchObject({ total: 10_000, unlisted: FILES + 1 - 10_000 });
    expect(page.resources).toHaveLength(10);
  });
});
