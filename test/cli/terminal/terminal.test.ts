/** What a person sees at a terminal; script(1) gives the command a terminal. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../contract/eventually.ts';
import { BACKUP_ID, backupRecord, finished, progressAt } from '../waiting/scripted-runs.ts';
import { type ScriptedServer, sendJson, startScriptedServer } from '../waiting/scripted-server.ts';

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

interface Typed {
  /** Once this text is on the screen ... */
  readonly after: string;
  /** ... the test types these keys. */
  readonly keys: string;
}

const atTerminal = async (
  args: string,
  typed: readonly Typed[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: unknown; screen: string }> => {
  // Node uses no colours when CI is set, so the test unsets it to act as a person.
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...environment } = process.env;
  const child = spawn('script', ['-qec', `'${process.execPath}' bin/holdfast.js ${args}`, '/dev/null'], {
    env: { ...environment, TERM: 'xterm', ...server.env, ...env },
  });
  let screen = '';
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  for (const { after, keys } of typed) {
    await eventually(`${after} is on the screen`, () => screen.includes(after) || undefined);
    child.stdin.write(keys);
  }
  const code = await closed;
  return { code, screen };
};

describe('at a terminal', () => {
  test('a bar is drawn over itself and wiped; steps stay; the state has a colour [U8]', async () => {
    let looks = 0;
    server.on('POST /v1/backups', (_, response) => sendJson(response, 202, backupRecord()));
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => {
      looks += 1;
      const progress = progressAt('capture', {
        sourceBytes: looks * 1000,
        entries: looks,
        expectedBytes: 10_000,
      });
      sendJson(response, 200, looks < 8 ? backupRecord({ progress }) : finished('SUCCESS'));
    });
    const { code, screen } = await atTerminal('backup create --wait');
    expect(code).toBe(0);
    expect(screen).toMatch(/capture {2}\[#+\.+\] +\d0 % {2}\d\.00 kB of 10\.0 kB {2}\d entr/);
    // The program clears each progress line before it prints the next text, so only whole lines remain.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the terminal's control characters
    const stays = screen.replace(/\r?[^\r\n]*\r\x1b\[J/g, '').replaceAll('\r\n', '\n');
    expect(stays).toMatch(/^plan-backup\ncapture\ncapture notes: 1,234 entries, 5\.60 MB\n/m);
    expect(stays).not.toContain('[#');
    expect(screen).toContain('\x1b[32mSUCCESS\x1b[39m');
  });

  test('times are those of the clock on the wall, with its zone; in JSON they are UTC', async () => {
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => sendJson(response, 200, finished('SUCCESS')));
    const berlin = { TZ: 'Europe/Berlin' };
    const { screen } = await atTerminal(`backup show ${BACKUP_ID}`, [], berlin);
    expect(screen).toMatch(/^created +2026-11-20 11:00:00 \+01:00 by administrator\r$/m);
    const kathmandu = await atTerminal(`backup show ${BACKUP_ID}`, [], { TZ: 'Asia/Kathmandu' });
    expect(kathmandu.screen).toContain('2026-11-20 15:45:00 +05:45');
    const json = await atTerminal(`backup show ${BACKUP_ID} --json`, [], berlin);
    expect(json.screen).toContain('"createdAt":"2026-11-20T10:00:00.000Z"');
  });

  test('NO_COLOR and a dumb terminal are heard', async () => {
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => sendJson(response, 200, finished('SUCCESS')));
    const { screen } = await atTerminal('backup create --wait', [], { NO_COLOR: '1', TERM: 'dumb' });
    expect(screen).toMatch(/^state +SUCCESS\r$/m);
    expect(screen).not.toContain('\x1b');
  });

  test('a new passphrase is asked for twice, and not shown [U6]', async () => {
    server.on('POST /v1/backups', (_, response) => sendJson(response, 202, backupRecord()));
    const { code, screen } = await atTerminal('backup create --passphrase-file -', [
      { after: 'New passphrase: ', keys: 'wrong\u0015correct horse batteru\u007fy\r' },
      { after: 'Repeat the passphrase: ', keys: 'correct horse battery\r' },
    ]);
    expect(code).toBe(0);
    expect(screen).not.toContain('horse');
    expect(server.asked.at(-1)?.body).toEqual({ passphrase: 'correct horse battery' });
  });

  test('two passphrases that differ are refused, and Ctrl-C at the question leaves', async () => {
    const before = server.asked.length;
    const differ = await atTerminal('backup create --passphrase-file -', [
      { after: 'New passphrase: ', keys: 'correct horse battery\r' },
      { after: 'Repeat the passphrase: ', keys: 'correct horse batterx\r' },
    ]);
    expect([differ.code, differ.screen]).toEqual([2, expect.stringContaining('not the same')]);
    const left = await atTerminal('backup create --passphrase-file -', [
      { after: 'New passphrase: ', keys: '\u0003' },
    ]);
    expect(left.code).toBe(130);
    expect(server.asked.length).toBe(before);
  });

  test('a backup is deleted after a yes, and not after anything else [D5]', async () => {
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => sendJson(response, 200, finished('SUCCESS')));
    server.on(`DELETE /v1/backups/${BACKUP_ID}`, (_, response) => response.writeHead(204).end());
    const deletions = () => server.asked.filter(({ method }) => method === 'DELETE').length;
    const kept = await atTerminal(`backup delete ${BACKUP_ID}`, [{ after: '[y/N]', keys: '\r' }]);
    expect([kept.code, deletions()]).toEqual([1, 0]);
    const gone = await atTerminal(`backup delete ${BACKUP_ID}`, [{ after: '[y/N]', keys: 'y\r' }]);
    expect([gone.code, deletions()]).toEqual([0, 1]);
  });

  test('an unknown signer is shown, and trusted after a yes: for that archive, and nothing else [B8]', async () => {
    const trust = { verifyKey: `${'A'.repeat(42)}E=`, manifestSha256: 'd'.repeat(64) };
    const unknown = {
      signature: 'unknown-signer',
      signedBy: trust.verifyKey,
      manifestSha256: trust.manifestSha256,
      importedFrom: 'berlin \u001b[2J',
    };
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) =>
      sendJson(response, 200, finished('SUCCESS', unknown)),
    );
    for (const path of ['restores', 'reseal'])
      server.on(`POST /v1/backups/${BACKUP_ID}/${path}`, (_, response) =>
        sendJson(response, 202, { id: 'run-1', state: 'IN_PROGRESS' }),
      );
    server.on('GET /v1/reseals/run-1', (_, response) =>
      sendJson(response, 200, { id: 'run-1', state: 'SUCCESS' }),
    );
    const posts = () => server.asked.filter(({ method }) => method === 'POST').length;
    const before = posts();
    for (const command of ['restore', 'reseal']) {
      const kept = await atTerminal(`backup ${command} ${BACKUP_ID} --trust`, [
        { after: '[y/N]', keys: '\r' },
      ]);
      expect([kept.code, kept.screen]).toEqual([1, expect.stringContaining('nothing was trusted')]);
    }
    expect(posts()).toBe(before);
    for (const command of ['restore', 'reseal']) {
      const { code, screen } = await atTerminal(`backup ${command} ${BACKUP_ID} --trust`, [
        { after: '[y/N]', keys: 'y\r' },
      ]);
      expect(code).toBe(0);
      expect(screen).toMatch(/calls itself {2}berlin \\x1b\[2J\r?\n/);
      expect(screen).toContain(`verify key    ${trust.verifyKey}`);
      expect(screen).toContain(`manifest      ${trust.manifestSha256}`);
      expect(server.asked.filter(({ method }) => method === 'POST').at(-1)?.body).toEqual({ trust });
    }
    // With `--json` the command asks no question, even on a terminal.
    const json = await atTerminal(`backup restore ${BACKUP_ID} --trust --json`);
    expect([json.code, json.screen]).toEqual([
      2,
      expect.stringContaining(
        `holdfast backup restore ${BACKUP_ID} --trust ${trust.verifyKey}:${trust.manifestSha256} --json`,
      ),
    ]);
  }, 60_000);

  test('a restore onto live sources names them and asks; a program is refused [K6]', async () => {
    server.on(`GET /v1/backups/${BACKUP_ID}`, (_, response) => sendJson(response, 200, finished('SUCCESS')));
    server.on(`POST /v1/backups/${BACKUP_ID}/restores`, ({ body }, response) =>
      JSON.stringify(body).includes('"inPlace":true')
        ? sendJson(response, 202, { id: 'restore-1' })
        : sendJson(response, 409, {
            code: 'in_place_unconfirmed',
            detail: 'this restore would overwrite live sources',
            inPlaceOf: [{ component: 'notes', target: '/srv/notes\u001b[2J' }],
          }),
    );
    const answered = (keys: string) => atTerminal(`backup restore ${BACKUP_ID}`, [{ after: '[y/N]', keys }]);
    const kept = await answered('\r');
    expect([kept.code, kept.screen]).toEqual([1, expect.stringContaining('nothing was restored')]);
    const { code, screen } = await answered('y\r');
    expect([code, screen]).toEqual([0, expect.stringMatching(/notes {2}\/srv\/notes\\x1b\[2J\r?\n/)]);
    expect((await atTerminal(`backup restore ${BACKUP_ID} --json`)).code).toBe(5);
  }, 60_000);

  test('an archive is not written to it: 2', async () => {
    const { code, screen } = await atTerminal(`backup download ${BACKUP_ID} --output -`);
    expect([code, screen]).toEqual([2, expect.stringContaining('cannot be printed to a terminal')]);
  });
});
