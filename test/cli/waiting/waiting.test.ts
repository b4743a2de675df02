import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../contract/eventually.ts';
import { holdfast, jsonLines, startHoldfast } from '../run-holdfast.ts';
import { BACKUP_ID, backupRecord, component, finished, progressAt } from './scripted-runs.ts';
import { problem, type ScriptedServer, sendJson, startScriptedServer } from './scripted-server.ts';

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** Accepts a backup; its record then takes each of these forms in turn, and keeps the last. */
const course = (...records: readonly object[]): void => {
  let looks = 0;
  server.on('POST /v1/backups', (_, response) => {
    looks = 0;
    sendJson(response, 202, backupRecord());
  });
  server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => {
    sendJson(response, 200, records[Math.min(looks, records.length - 1)]);
    looks += 1;
  });
};

describe('backup create --wait', () => {
  test('tells the steps on standard error as plain lines, and the outcome on standard output [U8]', async () => {
    course(
      backupRecord({ progress: progressAt('plan-backup') }),
      backupRecord({ progress: progressAt('capture') }),
      finished('SUCCESS'),
    );
    const { code, out, err } = await holdfast(['backup', 'create', '--wait'], { env: server.env });
    expect(code).toBe(0);
    expect(err.split('\n')).toEqual([
      `backup ${BACKUP_ID}`,
      'acquire-lock',
      'plan-backup',
      'capture',
      'capture notes: 1,234 entries, 5.60 MB',
      'capture database: 1 entry, 34.0 MB',
      'seal-archive',
      'verify-archive',
      'complete-backup',
      'done',
      '',
    ]);
    expect(out).toContain(`backup      ${BACKUP_ID}\nstate       SUCCESS\n`);
    expect(out).toContain('took        2.5 s\n');
    expect(out).toContain('archive     9.90 MB, 25 % of the source\n');
    expect(out).toContain(`file        /srv/archives/${BACKUP_ID}.tar\n`);
    expect(out).toContain(`holdfast backup restore ${BACKUP_ID} --dry-run`);
    // No colours and no cursor movement in output that is not a terminal.
    expect(out + err).not.toContain('\x1b');
  });

  test('with --quiet tells the outcome alone; with --no-progress the steps, and no bytes [U8]', async () => {
    const states = [
      backupRecord({ progress: progressAt('capture', { sourceBytes: 9 }) }),
      finished('SUCCESS'),
    ];
    course(...states);
    const told = await holdfast(['backup', 'create', '--wait'], { env: server.env });
    course(...states);
    const quiet = await holdfast(['backup', 'create', '--wait', '--quiet'], { env: server.env });
    expect([quiet.code, quiet.out, quiet.err]).toEqual([0, told.out, '']);
    course(...states);
    const still = await holdfast(['--no-progress', 'backup', 'create', '--wait'], { env: server.env });
    expect([still.out, still.err]).toEqual([told.out, told.err]);
    course(...states);
    const json = await holdfast(['backup', 'create', '--wait', '--json', '--no-progress'], {
      env: server.env,
    });
    expect([json.code, jsonLines(json.out).length, json.err]).toEqual([0, 1, '']);
    course(finished('FAILED', { shortError: 'the disk is gone' }));
    const failed = await holdfast(['backup', 'create', '--wait', '--quiet'], { env: server.env });
    expect([failed.code, failed.err]).toEqual([1, expect.stringContaining('the disk is gone')]);
  });

  test('with --json: status lines on standard error, one result on standard output', async () => {
    const capture = backupRecord({
      progress: progressAt('capture', { sourceBytes: 5, entries: 2, expectedBytes: 9 }),
    });
    course(capture, finished('SUCCESS'));
    const { code, out, err } = await holdfast(['backup', 'create', '--wait', '--json'], { env: server.env });
    expect(code).toBe(0);
    expect(jsonLines(out)).toEqual([{ type: 'result', ...finished('SUCCESS') }]);
    expect(jsonLines(err)).toContainEqual({
      type: 'status',
      id: BACKUP_ID,
      state: 'IN_PROGRESS',
      step: 'capture',
      bytes: 5,
      entries: 2,
      expectedBytes: 9,
    });
    expect(new Set(jsonLines(err).map(({ type }) => type))).toEqual(new Set(['status']));
  });

  test('a partial backup ends with 3 and names what was skipped, the first ten [B3]', async () => {
    const skipped = Array.from({ length: 12 }, (_, i) => ({
      path: `locked-${i}`,
      reason: 'permission denied',
    }));
    course(
      finished('PARTIAL', { components: { notes: component('PARTIAL', { skippedCount: 40, skipped }) } }),
    );
    const { code, out } = await holdfast(['backup', 'create', '--wait'], { env: server.env });
    expect(code).toBe(3);
    expect(out).toContain('  notes: locked-9: permission denied\n  and 30 more things\n');
    expect(out).not.toContain('locked-10');
  });

  test('a failed backup ends with 1 and its reason [D4]', async () => {
    course(finished('FAILED', { shortError: 'the disk is full' }));
    const { code, out, err } = await holdfast(['backup', 'create', '--wait'], { env: server.env });
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(
      `error: backup ${BACKUP_ID} failed: the disk is full. Correct the cause, and start again. "holdfast backup show ${BACKUP_ID}" shows more.\n`,
    );
    const json = await holdfast(['backup', 'create', '--wait', '--json'], { env: server.env });
    expect(json.code).toBe(1);
    expect(jsonLines(json.out)).toEqual([expect.objectContaining({ type: 'result', state: 'FAILED' })]);
    expect(jsonLines(json.err).at(-1)).toEqual(
      expect.objectContaining({ type: 'error', code: 'failed', id: BACKUP_ID, state: 'FAILED' }),
    );
  });

  test('a cancelled backup ends with 1 and says so [B9]', async () => {
    course(finished('CANCELLED'));
    const { code, err } = await holdfast(['backup', 'create', '--wait'], { env: server.env });
    expect([code, err]).toEqual([1, expect.stringContaining(`backup ${BACKUP_ID} was cancelled`)]);
  });

  test('waits on while the server is silent for a while', async () => {
    let looks = 0;
    course();
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => {
      looks += 1;
      if (looks <= 4) response.destroy();
      else if (looks === 5) problem(response, 503, 'unavailable', 'starting');
      else sendJson(response, 200, finished('SUCCESS'));
    });
    const { code, err } = await holdfast(['backup', 'create', '--wait'], { env: server.env });
    expect([code, err]).toEqual([0, expect.stringContaining('the server does not answer; waiting for it\n')]);
  }, 20_000);

  test('Ctrl-C says that the backup goes on and how to cancel it; a second one leaves', async () => {
    course(backupRecord({ progress: progressAt('capture') }));
    const run = startHoldfast(['backup', 'create', '--wait'], { env: server.env });
    await eventually('the run is shown', () => run.errSoFar().includes('capture') || undefined);
    run.child.kill('SIGINT');
    await eventually(
      'the way to cancel is told',
      () => run.errSoFar().includes(`"holdfast backup cancel ${BACKUP_ID}" ends it`) || undefined,
    );
    expect(run.child.exitCode).toBeNull();
    run.child.kill('SIGINT');
    expect((await run.done).signal).toBe('SIGINT');
  });
});

describe('restore and verify', () => {
  const restored = (state: string): object => ({
    id: 'restore-1',
    backupId: BACKUP_ID,
    state,
    shortError: '',
    createdBy: 'administrator',
    createdAt: '2026-11-20T10:00:00.000Z',
    completedAt: '2026-11-20T10:00:01.000Z',
    dryRun: true,
    components: { notes: component('SUCCESS', { target: '/srv/notes', bytes: 5, entries: 1 }) },
    progress: progressAt('complete-restore'),
    plan: {
      notes: {
        target: '/srv/notes',
        counts: { create: 1, overwrite: 2, skip: 0, refuse: 0 },
        entries: [{ path: 'a', action: 'overwrite' }],
      },
    },
    afterwards: ['restart the web server'],
  });

  test('a dry run waits, and shows the plan [B7]', async () => {
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => sendJson(response, 200, finished('SUCCESS')));
    server.on(`POST /v1/backups/${BACKUP_ID}/restores`, (_, response) =>
      sendJson(response, 202, { id: 'restore-1', state: 'IN_PROGRESS' }),
    );
    server.on('GET /v1/restores/restore-1', (_, response) => sendJson(response, 200, restored('SUCCESS')));
    const { code, out } = await holdfast(['backup', 'restore', BACKUP_ID, '--dry-run'], { env: server.env });
    expect(code).toBe(0);
    expect(out).toContain('(dry run: nothing is written)');
    expect(out).toContain('plan for notes\n  into /srv/notes\n  create     1\n  overwrite  2\n');
    expect(out).toContain('  overwrite  a\n  and 2 more\n');
    expect(out).toContain('now do\n  restart the web server\n');
  });

  test('a verification that finds damage ends with 1', async () => {
    server.on(`POST /v1/backups/${BACKUP_ID}/verify`, (_, response) =>
      sendJson(response, 202, { id: 'verify-1', state: 'IN_PROGRESS' }),
    );
    server.on('GET /v1/verifications/verify-1', (_, response) =>
      sendJson(response, 200, {
        id: 'verify-1',
        state: 'FAILED',
        shortError: 'notes/00001 is not what was sealed',
      }),
    );
    const { code, err } = await holdfast(['backup', 'verify', BACKUP_ID, '--subset', '1/5'], {
      env: server.env,
    });
    expect([code, err]).toEqual([1, expect.stringContaining('notes/00001 is not what was sealed')]);
    expect(server.asked.find(({ path }) => path.endsWith('/verify'))?.body).toEqual({ subset: '1/5' });
  });

  /** Each command that waits, with its arguments and the end of its operation. */
  const waits: Record<string, { args: string[]; accepted: string; record: string }> = {
    create: {
      args: ['backup', 'create', '--wait'],
      accepted: '/v1/backups',
      record: `/v1/backups/${BACKUP_ID}`,
    },
    restore: {
      args: ['backup', 'restore', BACKUP_ID, '--wait'],
      accepted: `/v1/backups/${BACKUP_ID}/restores`,
      record: '/v1/restores/run-1',
    },
    verify: {
      args: ['backup', 'verify', BACKUP_ID],
      accepted: `/v1/backups/${BACKUP_ID}/verify`,
      record: '/v1/verifications/run-1',
    },
    reseal: {
      args: ['backup', 'reseal', BACKUP_ID],
      accepted: `/v1/backups/${BACKUP_ID}/reseal`,
      record: '/v1/reseals/run-1',
    },
  };

  test.each(Object.keys(waits))(
    '%s fails by the code of what went wrong, and with its exit code',
    async (what) => {
      const { args, accepted, record } = waits[what] ?? { args: [], accepted: '', record: '' };
      const id = what === 'create' ? BACKUP_ID : 'run-1';
      for (const [errorCode, exitCode] of [
        ['archive_signer_unknown', 5],
        ['wrong_key', 12],
        ['archive_damaged', 1],
        ['a_word_of_tomorrow', 1],
      ] as const) {
        server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) =>
          sendJson(response, 200, finished('SUCCESS')),
        );
        server.on(`POST ${accepted}`, (_, response) => sendJson(response, 202, { id, state: 'IN_PROGRESS' }));
        server.on(`GET ${record}`, (_, response) =>
          sendJson(response, 200, { ...finished('FAILED'), id, shortError: 'it is so', errorCode }),
        );
        const plain = await holdfast(args, { env: server.env });
        expect([errorCode, plain.code]).toEqual([errorCode, exitCode]);
        expect(plain.err).toContain(`${id} failed: it is so`);
        const { code, err } = await holdfast([...args, '--json'], { env: server.env });
        expect([code, jsonLines(err).at(-1)]).toEqual([
          exitCode,
          expect.objectContaining({ type: 'error', code: errorCode, exitCode, id, state: 'FAILED' }),
        ]);
      }
    },
    60_000,
  );
});
