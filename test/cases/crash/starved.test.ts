/**
 * A server that processes archives made to keep it busy must still answer other clients. Measures the
 * processor time of its main thread between two ticks, and sends it requests from outside at the same time.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer, Api } from '../../acceptance/api.ts';
import {
  type CraftedOptions,
  contentsLineOf,
  craftArchive,
  craftTree,
} from '../../archive/crafted/crafted-archive.ts';
import { holdfast } from '../../cli/run-holdfast.ts';
import { Installation } from '../installation.ts';
import { uploadArchive } from '../transfer/transfers.ts';

const MiB = 1024 * 1024;
/** The maximum delay that a call may cause for others. */
const BLOCKED_MS = 200;
/** The memory that a hostile archive may use in addition to what the server had before. */
const MEGABYTES = 300;
const passphrase = 'befit-brakeman-footstep-unclasp';
const probe = join(tmpdir(), `holdfast-probe-${randomUUID()}.jsonl`);

let here: Installation;
let api: Api;

beforeAll(async () => {
  here = await Installation.start({
    env: {
      NODE_OPTIONS: `--import=${new URL('../loop-probe.js', import.meta.url).href}`,
      HOLDFAST_TEST_PROBE: probe,
    },
  });
  api = here.api;
}, 60_000);
afterAll(() => here.close());

interface Watched<T> {
  readonly result: T;
  readonly blockedMs: number;
  readonly grownMb: number;
  /** The other client's results: its number of answers, and its longest wait. */
  readonly answered: number;
  readonly waitedMs: number;
}

interface Note {
  at: number;
  blockedMs: number;
  rssMb: number;
}
const notes = async (): Promise<Note[]> =>
  (await readFile(probe, 'utf8'))
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line): Note => JSON.parse(line));

/** Does the work while another client asks for the server's health fifty times a second. */
const watched = async <T>(work: () => Promise<T>): Promise<Watched<T>> => {
  await pause(120);
  const before = (await notes()).at(-1)?.rssMb ?? 0;
  const from = Date.now();
  let over = false;
  let answered = 0;
  let waitedMs = 0;
  const other = (async () => {
    while (!over) {
      const asked = performance.now();
      expect((await api.get('/v1/health', { token: null })).status).toBe(200);
      waitedMs = Math.max(waitedMs, performance.now() - asked);
      answered += 1;
      await pause(20);
    }
  })();
  const result = await work().finally(() => {
    over = true;
  });
  await other;
  await pause(120);
  const during = (await notes()).filter(({ at }) => at > from);
  return {
    result,
    blockedMs: Math.max(...during.map(({ blockedMs }) => blockedMs)),
    grownMb: Math.max(...during.map(({ rssMb }) => rssMb)) - before,
    answered,
    waitedMs,
  };
};

const expectUnmoved = (what: string, { blockedMs, grownMb, answered, waitedMs }: Watched<unknown>): void => {
  console.log(
    `${what}: blocked ${blockedMs.toFixed(0)} ms, grown ${grownMb.toFixed(0)} MB; ${answered} others, the slowest ${waitedMs.toFixed(0)} ms`,
  );
  expect(blockedMs).toBeLessThan(BLOCKED_MS);
  expect(grownMb).toBeLessThan(MEGABYTES);
};

/** Every archive is different, because an archive that is already here is not imported. */
const crafted = (options: CraftedOptions) =>
  craftArchive({ passphrase, head: { backupId: `nightly-${randomUUID()}` }, ...options });

const segments = (count: number): string =>
  Array.from(
    { length: count },
    (_, index) =>
      `{"name":"components/files/${String(index + 1).padStart(8, '0')}.tar.zst.age","size":300,"sha256":"${'a'.repeat(64)}","plainBytes":1024}`,
  ).join(',');

const manifests: Readonly<Record<string, (right: string) => string>> = {
  '100 MiB of brackets': () => '['.repeat(100 * MiB),
  '16 MiB of brackets': () => '['.repeat(16 * MiB),
  'very many small objects': (right) =>
    right.replace('"details":{}', `"details":{"x":[${'{},'.repeat(5_000_000)}{}]}`),
  'as many values as it may have': (right) =>
    right.replace('"details":{}', `"details":{"x":[${'{"a":""},'.repeat(8_000)}0]}`),
  'one long text': (right) => right.replace('"details":{}', `"details":{"x":"${'\\n'.repeat(3.9 * MiB)}"}`),
  'one text that is too long': (right) =>
    right.replace('"details":{}', `"details":{"x":"${'\\n'.repeat(7.9 * MiB)}"}`),
  'a hundred thousand members': (right) => {
    const [, head = '', recover = '', key = ''] =
      /"members":\[(\{"name":"holdfast[^}]*\}),(\{"name":"RECOVER[^}]*\}).*(\{"name":"key[^}]*\})\]\}\n$/.exec(
        right,
      ) ?? [];
    const contents = `{"name":"contents/files/00000001.jsonl.zst.age","size":300,"sha256":"${'a'.repeat(64)}","plainBytes":0,"entries":0,"firstSegment":1,"lastSegment":105000}`;
    return right.replace(
      /"members":\[.*$/s,
      `"members":[${head},${recover},${segments(105_000)},${contents},${key}]}\n`,
    );
  },
};

/** Manifests within all limits, which are accepted. */
const sound = ['as many values as it may have', 'one long text'];

describe('an upload whose manifest is', () => {
  test.each(Object.entries(manifests))(
    '%s is taken or refused, and nobody waits [B8] [C11]',
    async (what, manifest) => {
      const { bytes } = await crafted({ manifest });
      const done = await watched(() => uploadArchive(api, bytes));
      expectUnmoved(what, done);
      if (sound.includes(what)) {
        expect(done.result.state).toBe('SUCCESS');
        return;
      }
      expect(done.result.code).toMatch(/^archive_(damaged|cut|signer_unknown)$/);
      expect(done.result.detail).toMatch(/[;:,] /);
      await writeFile(here.path('hostile.tar'), bytes);
      const inspected = await holdfast(['backup', 'inspect', '--file', here.path('hostile.tar')]);
      expect([inspected.code, inspected.err]).toEqual([
        expect.any(Number),
        expect.stringMatching(/archive_|manifest|installation/),
      ]);
      expect(inspected.code).not.toBe(0);
    },
    120_000,
  );
});

/** One-time trust in the signer of this archive. */
const trusted = async (id: string): Promise<object> => {
  const { signedBy, manifestSha256 } = (await api.get(`/v1/backups/${id}`)).body;
  return { passphrase, trust: manifestSha256 === undefined ? true : { verifyKey: signedBy, manifestSha256 } };
};

/** A restore from its request to its end; returns the record or the refusal. */
const restored = async (id: string, request: object): Promise<Answer['body']> => {
  const { status, body } = await api.post(`/v1/backups/${id}/restores`, {
    ...(await trusted(id)),
    ...request,
  });
  return status === 202 ? api.ended(`/v1/restores/${body.id}`) : body;
};

const longPaths = (count: number): { path: string }[] =>
  Array.from({ length: count }, (_, n) => ({
    path: `${'p'.repeat(240)}/${'q'.repeat(240)}/${String(n).padStart(6, '0')}`,
  }));

const trees: Readonly<Record<string, () => CraftedOptions>> = {
  'paths of 500 bytes, twenty thousand of them': () => craftTree(longPaths(20_000), 10_000),
  'names that no file system takes': () =>
    craftTree(
      Array.from({ length: 3_000 }, (_, n) => ({
        path: `${String(n).padStart(6, '0')}${'n'.repeat(3_000)}`,
      })),
    ),
  '32,000 levels': () => craftTree([{ path: `${'d/'.repeat(30_000)}f` }]),
  'ids beyond 32 bits': () =>
    craftTree(
      Array.from({ length: 500 }, (_, n) => ({ path: `f${String(n).padStart(5, '0')}`, uid: 2 ** 40 })),
    ),
  'folders that nobody lists': () =>
    craftTree(
      Array.from({ length: 4_000 }, (_, n) => ({
        path: `${String(n).padStart(5, '0')}/${'d/'.repeat(1_000)}f`,
      })),
    ),
  'a line of brackets': () => ({
    segments: [{ plain: Buffer.alloc(1024) }],
    contents: [{ plain: Buffer.from(`${'['.repeat(15 * MiB)}\n`), entries: 1 }],
  }),
  '200,000 empty frames': () => ({
    segments: [
      {
        plain: Buffer.alloc(0),
        packed: Buffer.concat(Array<Buffer>(200_000).fill(zstdCompressSync(Buffer.alloc(0)))),
      },
    ],
    contents: [{ plain: Buffer.from(contentsLineOf('a')), entries: 1 }],
  }),
  '200,000 empty frames of contents': () => ({
    segments: [{ plain: Buffer.alloc(1024) }],
    contents: [
      {
        plain: Buffer.from(contentsLineOf('a')),
        packed: Buffer.concat([
          ...Array<Buffer>(200_000).fill(zstdCompressSync(Buffer.alloc(0))),
          zstdCompressSync(contentsLineOf('a')),
        ]),
        entries: 1,
      },
    ],
  }),
};

describe('an archive by somebody unknown, trusted for once, that holds', () => {
  test.each(Object.entries(trees))(
    '%s is planned or refused, and nobody waits [B7] [B8]',
    async (what, options) => {
      const { bytes, backupId } = await crafted(options());
      const catalog = here.path('data', 'catalog.db');
      const sizeBefore = await catalogBytes(catalog);
      const target = here.path('targets', randomUUID());
      await mkdir(here.path('targets'), { recursive: true });
      const done = await watched(async () => {
        const imported = await uploadArchive(api, bytes);
        expect(imported).toMatchObject({ state: 'SUCCESS' });
        return [
          await restored(backupId, { targets: { files: target }, dryRun: true }),
          await restored(backupId, { targets: { files: target } }),
        ];
      });
      expectUnmoved(what, done);
      for (const record of done.result) {
        const text = JSON.stringify(record);
        expect(text.length).toBeLessThan(200 * 1024);
        expect(text).not.toMatch(/ENAMETOOLONG|ERR_OUT_OF_RANGE|EINVAL|something failed inside|[a-z]Error: /);
        expect(['SUCCESS', 'REFUSED', 'FAILED', undefined]).toContain(record.state);
        if (record.state !== 'SUCCESS') expect(record.shortError ?? record.detail).toMatch(/[;:,] /);
      }
      // The dry run has already reported what the restore does.
      const [planned, carried] = done.result;
      if (carried.state === 'SUCCESS') expect(planned.plan.files.counts.refuse).toBe(0);
      expect((await catalogBytes(catalog)) - sizeBefore).toBeLessThan(8 * MiB);
    },
    180_000,
  );

  test('very many frames can be cancelled in the middle of them', async () => {
    const frame = zstdCompressSync(Buffer.alloc(300));
    const plain = Buffer.alloc(300 * 50_000);
    const one = { plain, packed: Buffer.concat(Array<Buffer>(50_000).fill(frame)) };
    const none = { plain: Buffer.from(''), entries: 0 };
    const count = 12;
    const { bytes, backupId } = await crafted({
      segments: Array(count).fill(one),
      contents: Array(count).fill(none),
    });
    expect(await uploadArchive(api, bytes)).toMatchObject({ state: 'SUCCESS' });
    const { body } = await api.post(`/v1/backups/${backupId}/restores`, {
      ...(await trusted(backupId)),
      targets: { files: here.path('cancelled') },
    });
    await api.post(`/v1/operations/${body.id}/cancel`);
    const ended = await api.ended(`/v1/restores/${body.id}`, 30);
    expect(['CANCELLED', 'FAILED']).toContain(ended.state);
  }, 120_000);
});

const catalogBytes = async (file: string): Promise<number> => {
  const sizes = await Promise.all(
    [file, `${file}-wal`].map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
};
