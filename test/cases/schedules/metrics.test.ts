/** Metrics that monitoring reads over HTTP from a real installation, before and after it was killed. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testWith } from '../../tools/debian-tools.ts';
import { Installation } from '../installation.ts';

const alertRules = fileURLToPath(
  new URL('../../../examples/monitoring/prometheus-alerts.yml', import.meta.url),
);
let here: Installation;
const config = (open: boolean) => (folder: string) => ({
  components: [
    { id: 'files', kind: 'directory', path: `${folder}/source` },
    { id: 'never', kind: 'directory', path: `${folder}/source` },
  ],
  schedules: [{ id: 'nightly', cron: '0 3 * * *' }],
  metrics: { open },
});
beforeAll(async () => {
  here = await Installation.start({ config: config(false) });
  writeFileSync(here.path('source', 'a.txt'), 'alpha');
}, 60_000);
afterAll(() => here.close());

/** A strict OpenMetrics reader that refuses anything outside the format's rules. */
const read = (text: string): Map<string, number> => {
  expect(text.endsWith('# EOF\n')).toBe(true);
  const numbers = new Map<string, number>();
  const types = new Map<string, string>();
  let family = '';
  for (const line of text.split('\n').slice(0, -2)) {
    const [, what, name = '', rest = ''] = /^# (TYPE|UNIT|HELP) ([a-z_]+) (.+)$/.exec(line) ?? [];
    if (what === 'TYPE') {
      expect(types.has(name)).toBe(false);
      types.set(name, rest);
      family = name;
    } else if (what === 'UNIT') expect(name.endsWith(`_${rest}`)).toBe(true);
    else if (what === undefined) {
      const found = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?\d+(?:\.\d+)?)$/.exec(
        line,
      );
      expect([line, found === null]).toEqual([line, false]);
      expect(found?.[1]).toBe(types.get(family) === 'info' ? `${family}_info` : family);
      const key = line.slice(0, line.lastIndexOf(' '));
      expect(numbers.has(key)).toBe(false);
      numbers.set(key, Number(found?.[3]));
    }
    if (what !== undefined) expect(name).toBe(family);
  }
  return numbers;
};
const scrape = async (): Promise<Map<string, number>> => {
  const { status, headers, text } = await here.api.get('/v1/metrics');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  return read(text);
};

test('says of each component when it last succeeded, and of one that never did nothing [B28]', async () => {
  const before = await scrape();
  expect(before.get('holdfast_build_info{version="0.1.0",host="embedded"}')).toBe(1);
  expect([...before.keys()].filter((key) => key.includes('last_success'))).toEqual([]);
  const backup = await here.api.backup({ components: ['files'] });
  const after = await scrape();
  expect(after.get('holdfast_backup_last_success_timestamp_seconds{component="files"}')).toBe(
    Date.parse(backup.completedAt) / 1000,
  );
  expect(after.get('holdfast_backup_last_result{component="files",result="success"}')).toBe(1);
  expect(after.get('holdfast_backup_last_result{component="files",result="failed"}')).toBe(0);
  expect(after.get('holdfast_backup_size_bytes{component="files"}')).toBe(backup.sourceBytes);
  expect(after.get('holdfast_backup_last_verified_timestamp_seconds{component="files"}')).toBe(
    Date.parse(backup.verifiedAt) / 1000,
  );
  expect(after.get('holdfast_backups')).toBe(1);
  expect(after.get('holdfast_lock_held')).toBe(0);
  expect(after.get('holdfast_store_free_bytes')).toBeGreaterThan(0);
  expect(after.get('holdfast_schedule_next_run_timestamp_seconds{schedule="nightly"}')).toBeGreaterThan(
    Date.now() / 1000,
  );
  expect([...after.keys()].filter((key) => key.includes('component="never"'))).toEqual([]);
});

test('a failure shows beside the last success, and both are the same after a kill [B28]', async () => {
  rmSync(here.path('source'), { recursive: true });
  expect((await here.api.backup({ components: ['files'] })).state).toBe('FAILED');
  const failed = await scrape();
  expect(failed.get('holdfast_backup_last_result{component="files",result="failed"}')).toBe(1);
  const success = failed.get('holdfast_backup_last_success_timestamp_seconds{component="files"}') ?? 0;
  expect(failed.get('holdfast_backup_last_attempt_timestamp_seconds{component="files"}')).toBeGreaterThan(
    success,
  );
  await here.end('SIGKILL');
  await here.startServer();
  const again = await scrape();
  for (const [key, value] of failed)
    if (key.startsWith('holdfast_backup')) expect([key, again.get(key)]).toEqual([key, value]);
});

test('wants a token that may read metrics, unless they are open [B28] [U12]', async () => {
  expect((await here.api.get('/v1/metrics', { token: null })).status).toBe(401);
  const { body: maker } = await here.api.post('/v1/tokens', { name: 'maker', role: 'backup-maker' });
  expect((await here.api.get('/v1/metrics', { token: maker.token })).status).toBe(403);
  const { body: auditor } = await here.api.post('/v1/tokens', { name: 'looks', role: 'auditor' });
  expect((await here.api.get('/v1/metrics', { token: auditor.token })).status).toBe(200);
  expect((await here.api.get('/metrics', { token: null })).status).toBe(404);
  await here.end('SIGTERM');
  await here.configure({ installation: 'test', ...config(true)(here.folder) });
  await here.startServer();
  const open = await here.api.get('/metrics', { token: null });
  expect(open.status).toBe(200);
  read(open.text);
  expect((await here.api.get('/v1/metrics', { token: null })).status).toBe(401);
});

test('lives and is ready, without a token and without a look at any place [B28]', async () => {
  for (const path of ['/livez', '/readyz'])
    expect(await here.api.get(path, { token: null })).toMatchObject({ status: 200, body: { status: 'ok' } });
});

test('the alert rules and the dashboard name metrics that there are [B28]', async () => {
  const { text } = await here.api.get('/v1/metrics');
  const source = readFileSync(new URL('../../../lib/operations/upkeep/metrics.ts', import.meta.url), 'utf8');
  for (const file of ['prometheus-alerts.yml', 'grafana-dashboard.json']) {
    const example = readFileSync(new URL(`../../../examples/monitoring/${file}`, import.meta.url), 'utf8');
    const names = new Set(example.match(/holdfast_[a-z_]+/g) ?? []);
    expect(names.size).toBeGreaterThan(4);
    for (const name of names) {
      const known =
        text.includes(`# TYPE ${name.replace(/_info$/, '')} `) ||
        source.includes(name.replace(/^holdfast_(backup|schedule)/, `\${prefix}`)) ||
        source.includes(`'${name}'`);
      expect([name, known]).toEqual([name, true]);
    }
  }
});

/** A reader of either format can read the numbers; promtool also checks naming conventions. */
testWith('promtool')('Prometheus finds nothing to say of what is scraped [B28]', async () => {
  const { text } = await here.api.get('/v1/metrics');
  expect(text).toContain('holdfast_backup_last_attempt_timestamp_seconds{component="files"}');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
});

/**
 * Checks with Prometheus's own tool that the alert rules are valid, and for which numbers each alert fires.
 */
testWith('promtool')('the alert rules are taken by Prometheus, and ring when they should [B28]', () => {
  const promtool = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };
  expect(promtool('check', 'rules', alertRules)).toMatchObject({ status: 0 });
  const instance = 'backups.example.com';
  const series = (metric: string, labels: object, values: string) => ({
    series: `${metric}${JSON.stringify({ ...labels, instance }).replaceAll(/"(\w+)":/g, '$1=')}`,
    values,
  });
  const ofFiles = { component: 'files' };
  const backup = 'holdfast_backup_last';
  // One value for each hour of two days; promtool's time starts at 1970.
  const good = [
    series('holdfast_build_info', { version: '1', host: 'embedded' }, '1x48'),
    series(`${backup}_success_timestamp_seconds`, ofFiles, '0+3600x48'),
    series(`${backup}_attempt_timestamp_seconds`, ofFiles, '0+3600x48'),
    series(`${backup}_result`, { ...ofFiles, result: 'success' }, '1x48'),
    series(`${backup}_result`, { ...ofFiles, result: 'failed' }, '0x48'),
    series(`${backup}_verified_timestamp_seconds`, ofFiles, '0+3600x48'),
    series('holdfast_backup_size_bytes', ofFiles, '100x48'),
    series('holdfast_schedule_overdue', { schedule: 'nightly' }, '0x48'),
    series('holdfast_lock_held_seconds', {}, '0x48'),
    series('holdfast_store_free_bytes', {}, '1000x48'),
    series('holdfast_deliveries_dead', {}, '3x48'),
  ];
  /** All series are good except one, which is changed or left out. */
  const but = (name: string, values?: string) =>
    good.flatMap((one) => {
      if (!one.series.startsWith(name)) return [one];
      return values === undefined ? [] : [{ ...one, values }];
    });
  const cases: [string, ReturnType<typeof but>][] = [
    ['', good],
    ['HoldfastBackupStale', but(`${backup}_success`, '0x48')],
    ['HoldfastBackupNever', but(`${backup}_success`)],
    ['HoldfastBackupFailed', but(`${backup}_result{component="files",result="failed"`, '1x48')],
    ['HoldfastScheduleOverdue', but('holdfast_schedule_overdue', '1x48')],
    ['HoldfastLockHeldLong', but('holdfast_lock_held_seconds', '50000x48')],
    ['HoldfastStoreNearlyFull', but('holdfast_store_free_bytes', '150x48')],
    ['HoldfastNoticesDead', but('holdfast_deliveries_dead', '3x30 4x18')],
    ['HoldfastSilent', but('holdfast_build_info')],
  ];
  const alerts = [
    ...new Set([...readFileSync(alertRules, 'utf8').matchAll(/- alert: (\w+)/g)].map(([, name]) => name)),
  ];
  expect(alerts).toEqual(expect.arrayContaining(cases.map(([alert]) => alert).filter((one) => one !== '')));
  const tests = cases.map(([rings, input_series]) => ({
    interval: '1h',
    input_series,
    // Counts the alerts that fire, because their labels are not the test's subject.
    promql_expr_test: alerts.map((alertname) => ({
      expr: `count(ALERTS{alertstate="firing",alertname="${alertname}"})`,
      eval_time: '46h',
      exp_samples: alertname === rings ? [{ labels: '{}', value: 1 }] : [],
    })),
  }));
  const file = here.path('alert-tests.yml');
  writeFileSync(file, JSON.stringify({ rule_files: [alertRules], evaluation_interval: '1h', tests }));
  expect(promtool('test', 'rules', file)).toEqual({ status: 0, said: expect.stringContaining('SUCCESS') });
});
