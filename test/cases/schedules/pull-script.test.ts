/** bin/holdfast-pull.sh against a real installation, in several common shells. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { requireTool, testWith } from '../../tools/debian-tools.ts';
import { Installation } from '../installation.ts';

const script = fileURLToPath(new URL('../../../bin/holdfast-pull.sh', import.meta.url));
const hasCurl = requireTool('curl');
let here: Installation;
let token: string;

beforeAll(async () => {
  here = await Installation.start({
    config: () => ({ components: [{ id: 'files', kind: 'directory', path: 'source' }] }),
  });
  writeFileSync(here.path('source', 'a.bin'), randomBytes(3_000_000));
  const made = await here.api.post('/v1/tokens', { name: 'pull', role: 'puller' });
  token = here.path('pull.token');
  writeFileSync(token, `${made.body.token}\n`, { mode: 0o600 });
}, 60_000);
afterAll(() => here.close());

const newFolder = (): string => mkdtempSync(join(here.folder, 'pulled-'));

interface Pulled {
  code: number | null;
  out: string;
  err: string;
}
interface PullOptions {
  shell?: readonly string[];
  url?: string;
  words?: readonly string[];
  tokenFile?: string;
  onStart?: (child: ChildProcess) => void;
}
const pull = async (to: string, options: PullOptions = {}): Promise<Pulled> => {
  const { shell = ['dash'], url = here.api.url, words = [], tokenFile = token, onStart } = options;
  const [program = 'sh', ...before] = shell;
  const all = [script, '--url', url, '--token-file', tokenFile, '--to', to, '--label', 'pulled', ...words];
  const child = spawn(program, [...before, ...all], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  onStart?.(child);
  const [code] = await once(child, 'close');
  return { code, out, err };
};
const archivesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.tar'))
    .sort();
const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
const backups = async (): Promise<{ id: string; sha256: string }[]> =>
  (await here.api.get('/v1/backups?limit=1000&label=pulled')).body.resources;

/** A proxy in front of the server; the test decides what it does with each request. */
const withProxy = async (
  meddle: (request: IncomingMessage, headers: IncomingMessage['headers']) => number | undefined,
  use: (url: string) => Promise<void>,
): Promise<void> => {
  const target = new URL(here.api.url);
  const proxy: Server = createServer((request, response) => {
    const cutAfter = meddle(request, request.headers);
    const options = { host: target.hostname, port: target.port, path: request.url, method: request.method };
    const onward = send({ ...options, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      let sent = 0;
      answer.on('data', (chunk: Buffer) => {
        const rest = cutAfter === undefined ? chunk.length : cutAfter - sent;
        sent += chunk.length;
        response.write(chunk.subarray(0, rest));
        if (cutAfter !== undefined && sent >= cutAfter) response.socket?.end();
      });
      answer.on('end', () => response.end());
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  try {
    await use(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
};

describe('the pull script [O7]', () => {
  testWith('shellcheck')('has nothing that shellcheck finds fault with [O7]', () => {
    const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', script], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });

  const shells: [string, string[], boolean][] = [
    ['dash', ['dash'], requireTool('dash')],
    ['busybox sh', ['busybox', 'sh'], requireTool('busybox')],
    ['bash as sh', ['bash', '--posix'], true],
  ];
  for (const [name, shell, isHere] of shells)
    (hasCurl && isHere ? test : test.skip)(
      `makes, waits, fetches, checks and keeps N, in ${name} [O7]`,
      async () => {
        const to = newFolder();
        writeFileSync(join(to, 'pulled-of-mine.tar'), 'not of the script');
        for (let n = 0; n < 3; n++) {
          const { code, out, err } = await pull(to, { shell, words: ['--keep', '2'] });
          expect([code, err]).toEqual([0, '']);
          const [made] = await backups();
          expect(out.trim()).toMatch(new RegExp(`^${to}/pulled-\\d{8}T\\d{6}Z-${made?.id.slice(7)}\\.tar$`));
          expect(sha256(out.trim())).toBe(made?.sha256);
          // File names contain seconds, so the test waits for the next second.
          await new Promise((resolve) => setTimeout(resolve, 1100));
        }
        expect(archivesIn(to)).toHaveLength(3);
        expect(archivesIn(to)).toContain('pulled-of-mine.tar');
        expect(readdirSync(to).filter((one) => one.startsWith('.'))).toEqual([]);
      },
    );

  (hasCurl ? test : test.skip)('shows the token to no list of processes [O7]', async () => {
    const secret = readFileSync(token, 'utf8').trim();
    const seen: string[] = [];
    let watching = true;
    const watch = (async () => {
      while (watching) {
        for (const pid of readdirSync('/proc').filter((one) => /^\d+$/.test(one)))
          for (const file of ['cmdline', 'environ'])
            try {
              const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
              if (Number(pid) !== process.pid && text.includes(secret)) seen.push(`${pid} ${text}`);
            } catch {
              // The process has ended in the meantime.
            }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    expect((await pull(newFolder())).code).toBe(0);
    watching = false;
    await watch;
    expect(seen).toEqual([]);
  });

  (hasCurl ? test : test.skip)(
    'goes on where a download broke off, and makes no second backup [O7]',
    async () => {
      const to = newFolder();
      const before = (await backups()).length;
      const ranges: (string | undefined)[] = [];
      await withProxy(
        ({ url = '' }, { range }) => {
          if (!url.endsWith('/file')) return undefined;
          ranges.push(range);
          return ranges.length <= 2 ? 1_000_000 : undefined;
        },
        async (url) => {
          const { code, out, err } = await pull(to, { url });
          expect([code, err]).toEqual([0, expect.stringContaining('the download broke off')]);
          const [made] = await backups();
          expect(sha256(out.trim())).toBe(made?.sha256);
        },
      );
      expect(ranges.length).toBeGreaterThanOrEqual(3);
      expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ''))).toBe(true);
      expect((await backups()).length).toBe(before + 1);
    },
  );

  (hasCurl ? test : test.skip)(
    'that was killed goes on with the same backup when it is started again [O7]',
    async () => {
      const to = newFolder();
      const before = (await backups()).length;
      await withProxy(
        ({ url = '' }) => (url.endsWith('/file') ? 500_000 : undefined),
        async (url) => {
          const killed = await pull(to, {
            url,
            words: ['--attempts', '20'],
            onStart: (child) => {
              child.stderr?.on('data', (text: Buffer) => {
                if (text.includes('broke off') && child.pid !== undefined)
                  process.kill(-child.pid, 'SIGKILL');
              });
            },
          });
          expect(killed.code).toBe(null);
        },
      );
      expect(archivesIn(to)).toEqual([]);
      const { code, out } = await pull(to);
      expect(code).toBe(0);
      expect((await backups()).length).toBe(before + 1);
      expect(sha256(out.trim())).toBe((await backups())[0]?.sha256);
    },
  );

  (hasCurl ? test : test.skip)(
    'at a full disk fails, leaves no archive that is not whole, and goes on when there is room [O7]',
    async () => {
      const to = newFolder();
      const before = (await backups()).length;
      // The limit allows files of half a megabyte; later writes fail as on a full disk.
      const limited = ['sh', '-c', `trap '' XFSZ; ulimit -f 1000; exec dash "$@"`, 'sh'];
      const full = await pull(to, { shell: limited, words: ['--attempts', '2'] });
      expect([full.code, full.err]).toEqual([1, expect.stringMatching(/./)]);
      expect(archivesIn(to)).toEqual([]);
      const { code, out } = await pull(to);
      expect(code).toBe(0);
      expect((await backups()).length).toBe(before + 1);
      expect(sha256(out.trim())).toBe((await backups())[0]?.sha256);
    },
  );

  (hasCurl ? test : test.skip)(
    'goes on with the same backup when the server is killed in the middle and comes back [O7]',
    async () => {
      const to = newFolder();
      const before = (await backups()).length;
      let isDown = false;
      await withProxy(
        ({ url = '' }) => {
          if (!url.endsWith('/file') || isDown) return undefined;
          isDown = true;
          const { port } = new URL(here.api.url);
          void here.end('SIGKILL').then(() => here.startServer(Number(port)));
          return 500_000;
        },
        async (url) => {
          const { code, out } = await pull(to, { url });
          expect([isDown, code]).toEqual([true, 0]);
          expect(sha256(out.trim())).toBe((await backups())[0]?.sha256);
        },
      );
      expect((await backups()).length).toBe(before + 1);
    },
  );

  (hasCurl ? test : test.skip)(
    'takes folders of odd names, and labels that are names alone [O7]',
    async () => {
      for (const name of ['with space', '$(touch x) `y`', 'quote\'"', 'größe', 'two\nlines', '-n', '*']) {
        const to = join(newFolder(), name);
        mkdirSync(to);
        writeFileSync(join(to, 'of mine.tar'), 'not of the script');
        const { code, out } = await pull(to, { words: ['--keep', '1'] });
        expect([name, code]).toEqual([name, 0]);
        expect(out.startsWith(`${to}/pulled-`)).toBe(true);
        expect(archivesIn(to)).toHaveLength(2);
      }
      for (const label of ['../up', 'a/b', '', '-x', 'a b', '$(touch x)', 'pulled*']) {
        const to = newFolder();
        const { code } = await pull(to, { words: ['--label', label] });
        expect([label, code]).toEqual([label, 2]);
        expect(readdirSync(to).filter((one) => !one.startsWith('.'))).toEqual([]);
      }
    },
  );

  (hasCurl ? test : test.skip)('a damaged part is found by its sum, and fetched anew [O7]', async () => {
    const to = newFolder();
    const { id, archiveBytes } = await here.api.backup({ label: 'pulled' });
    mkdirSync(join(to, '.holdfast-pull.pulled'));
    writeFileSync(join(to, '.holdfast-pull.pulled', 'key'), 'k\n');
    writeFileSync(join(to, '.holdfast-pull.pulled', 'id'), `${id}\n`);
    writeFileSync(join(to, '.holdfast-pull.pulled', 'part'), Buffer.alloc(archiveBytes));
    const { code, out, err } = await pull(to);
    expect([code, err]).toEqual([0, expect.stringContaining('SHA-256 differs')]);
    expect(sha256(out.trim())).toBe((await here.api.get(`/v1/backups/${id}`)).body.sha256);
  });

  (hasCurl ? test : test.skip)('ends with the codes of the command line [O7]', async () => {
    const to = newFolder();
    expect((await pull(to, { words: ['--keep', '0'] })).code).toBe(2);
    expect((await pull(to, { words: ['--nonsense', '1'] })).code).toBe(2);
    expect((await pull(to, { url: 'http://backups.example.com' })).code).toBe(2);
    expect((await pull(join(to, 'nowhere'))).code).toBe(2);
    const wrong = here.path('wrong.token');
    writeFileSync(wrong, 'hf_no_such\n');
    expect((await pull(to, { tokenFile: wrong })).code).toBe(5);
    const odd = here.path('odd.token');
    writeFileSync(odd, 'a" \nurl = "http://elsewhere\n');
    expect((await pull(to, { tokenFile: odd })).code).toBe(2);
    const none = await pull(to, { words: ['--component', 'none'] });
    expect([none.code, none.err]).toEqual([
      2,
      expect.stringContaining('no component \\"none\\"'.replaceAll('\\', '')),
    ]);
    const silent = await pull(to, { url: 'http://127.0.0.1:9', words: ['--attempts', '1'] });
    expect([silent.code, silent.err]).toEqual([1, expect.stringContaining('does not answer')]);
    expect(archivesIn(to)).toEqual([]);
  });

  (hasCurl ? test : test.skip)(
    'two at once in one folder: one pulls, the other says so [O7] [U2]',
    async () => {
      const to = newFolder();
      const before = (await backups()).length;
      const ends = await Promise.all([pull(to), pull(to)]);
      expect(ends.map(({ code }) => code).sort()).toEqual([0, 11]);
      expect((await backups()).length).toBe(before + 1);
      rmSync(to, { recursive: true });
    },
  );
});
