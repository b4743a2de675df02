/** `holdfast schedule ...` as people type it, on a real server. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { holdfast as runHoldfast } from '../../cli/run-holdfast.ts';
import { Installation } from '../installation.ts';

let here: Installation;
beforeAll(async () => {
  here = await Installation.start({
    config: (folder) => {
      writeFileSync(`${folder}/source/a.txt`, 'alpha');
      return {
        components: [{ id: 'files', kind: 'directory', path: `${folder}/source` }],
        schedules: [{ id: 'fixed', cron: '0 4 * * *', enabled: false }],
      };
    },
  });
}, 60_000);
afterAll(() => here?.close());

const schedule = (...args: string[]) =>
  runHoldfast(['schedule', ...args], { env: { HOLDFAST_URL: here.api.url, HOLDFAST_TOKEN: here.api.token } });
const shown = async (id: string) => JSON.parse((await schedule('show', id, '--json')).out);

describe('holdfast schedule [C13]', () => {
  test('makes a schedule of all that one may say, and shows it', async () => {
    const made = await schedule(
      ...['create', 'nightly', '--cron', '30 2 * * *', '--time-zone', 'Europe/Berlin', '--label', 'night'],
      ...['--description', 'every night', '--component', 'files', '--jitter', '10', '--wait', '30'],
      ...['--start', '2026-01-01T00:00:00Z', '--end', '2099-01-01T00:00:00Z', '--catch-up', 'run'],
      ...['--keep-last', '3', '--keep-daily', '7', '--paused', '--verification', 'deep'],
    );
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(await shown('nightly')).toMatchObject({
      ...{ managed: 'api', state: 'paused', cron: '30 2 * * *', timeZone: 'Europe/Berlin', label: 'night' },
      ...{ description: 'every night', components: ['files'], jitterMinutes: 10, waitMinutes: 30 },
      ...{ startAt: '2026-01-01T00:00:00Z', endAt: '2099-01-01T00:00:00Z', catchUp: 'run' },
      ...{ retention: { keepLast: 3, keepDaily: 7 }, version: 1, nextRuns: [], verification: 'deep' },
    });
    const { out } = await schedule('show', 'nightly');
    for (const line of [
      'when: 30 2 * * * (Europe/Berlin)',
      'keeps: last 3, daily 7',
      'waits: up to 30 min',
      'verification: deep',
    ])
      expect(out.split('\n')).toContain(line);
  }, 60_000);

  test('resumes and pauses it; one that is resumed does not run at once, and says its next times twice', async () => {
    expect((await schedule('resume', 'nightly')).out).toMatch(
      /next: \d{4}-\d\d-\d\dT0[23]:\d\d:\d\d\+0[12]:00 {2}\d{4}-\d\d-\d\dT0[01]:\d\d:\d\d\.000Z/,
    );
    expect((await here.api.get('/v1/backups')).body.total).toBe(0);
    expect((await schedule('list')).out).toMatch(/nightly +active +30 2 \* \* \* +Europe\/Berlin/);
    expect((await schedule('pause', 'nightly')).out).toContain('state: paused');
  }, 60_000);

  test('changes what is named, and leaves the rest as it is', async () => {
    expect(await schedule('update', 'nightly', '--cron', 'every 6h', '--wait', '0')).toMatchObject({
      code: 0,
    });
    expect(await shown('nightly')).toMatchObject({
      ...{ cron: 'every 6h', waitMinutes: 0, label: 'night', jitterMinutes: 10, state: 'paused' },
      verification: 'deep',
      retention: { keepLast: 3, keepDaily: 7 },
    });
  }, 60_000);

  test('runs it now, paused or not', async () => {
    const run = await schedule('run', 'nightly');
    expect(run.code).toBe(0);
    const backup = await here.api.ended(`/v1/backups/${run.out.trim()}`);
    expect(backup).toMatchObject({ state: 'SUCCESS', label: 'night', scheduleId: 'nightly' });
    expect(backup).toMatchObject({ verification: 'deep' });
  }, 60_000);

  test.each<[string[], number, string]>([
    [['create', 'x'], 2, '--cron'],
    [['create', 'x', '--cron', '61 * * * *'], 2, '61'],
    [['create', 'x', '--cron', '@daily', '--time-zone', 'Europe/Nowhere'], 2, 'not a time zone'],
    [['create', 'x', '--cron', '@daily', '--verification', 'none'], 2, 'full, deep'],
    [['create', 'x', '--cron', '@daily', '--wait', 'long'], 2, 'not a whole number of minutes'],
    [['create', 'x', '--cron', '@daily', '--jitter', '-5'], 2, 'not a whole number of minutes'],
    [['create', 'x', '--cron', '@daily', '--keep-last', 'many'], 2, 'not a whole number'],
    [['create', 'nightly', '--cron', '@daily'], 1, 'there is a schedule "nightly" already'],
    [['create', 'fixed', '--cron', '@daily'], 1, 'in holdfast.config.json'],
    [['create', '__proto__', '--cron', '@daily'], 2, 'id: '],
    [['update', 'nightly'], 2, 'say what is to change'],
    [['update', 'fixed', '--cron', '@daily'], 1, 'change it there'],
    [['pause', 'fixed'], 1, 'change it there'],
    [['delete', 'fixed', '--yes'], 1, 'change it there'],
    [['show', 'none'], 4, 'there is no schedule "none"'],
    [['run', 'none'], 4, 'there is no schedule "none"'],
    [['delete', 'none', '--yes'], 4, 'there is no schedule "none"'],
  ])(
    '%j ends in %i',
    async (args, code, said) => {
      const { code: ended, err } = await schedule(...args);
      expect([ended, err]).toEqual([code, expect.stringContaining(said)]);
    },
    60_000,
  );

  test('deletes it while a run of it goes on, which ends as it would have', async () => {
    const run = await schedule('run', 'nightly');
    expect(await schedule('delete', 'nightly', '--yes')).toMatchObject({ code: 0 });
    expect((await here.api.ended(`/v1/backups/${run.out.trim()}`)).state).toBe('SUCCESS');
    expect((await schedule('show', 'nightly')).code).toBe(4);
    expect((await schedule('list', '--json')).out).not.toContain('nightly');
  }, 60_000);
});
