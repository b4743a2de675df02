import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { frameMember } from '../../lib/archive/container/outer-tar.ts';
import { recoverText } from '../../lib/archive/container/recover.ts';
import type { ContentsEntry, Head } from '../../lib/archive/format.ts';
import { testWith } from '../debian-tools.ts';
import { installModernAge } from '../modern-age.ts';
import { randomFrom, testSeed } from '../random-pieces.ts';
import {
  createdAt,
  makeSampleArchive,
  type SampleArchive,
  type SampleOptions,
  sha256,
} from './sample-archive.ts';
import { makeSampleTree, treeListing } from './sample-tree.ts';

jest.setTimeout(60_000);

const seed = testSeed();
console.log(`recover: SEED=${seed}`);
const modern = await installModernAge();

let folder: string;
let tree: string;
let dump: Buffer;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-recover-'));
  tree = join(folder, 'tree');
  makeSampleTree(tree);
  const random = randomFrom(seed);
  dump = Buffer.from(Array.from({ length: 200_000 }, () => random(7)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Segments of a component as another writer would make them: pieces of one tar. */
const tarSegments = (root: string, segmentBytes: number): Buffer[] => {
  const tar = execFileSync('tar', ['--format=posix', '-C', root, '-cf', '-', '.'], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const segments: Buffer[] = [];
  for (let at = 0; at < tar.length; at += segmentBytes) segments.push(tar.subarray(at, at + segmentBytes));
  return segments;
};

const entry: ContentsEntry = { path: 'x', type: 'file', size: 0, segment: 1, offset: 0 };

const makeArchive = (options: SampleOptions = {}): Promise<SampleArchive> => {
  const segments = tarSegments(tree, 65_536);
  return makeSampleArchive({
    log: 'the log\n',
    components: {
      files: { segments, contents: [[entry], [{ ...entry, segment: segments.length }]] },
      database: {
        kind: 'postgres',
        stream: 'database.dump',
        segments: [0, 1, 2, 3].map((n) => dump.subarray(n * 50_000, (n + 1) * 50_000)),
        contents: [[{ ...entry, path: 'database.dump', type: 'stream' }]],
      },
    },
    ...options,
  });
};

/** Every block of commands in RECOVER.md, in order: one script. */
const commandsOf = (archive: string): string =>
  commandsIn(execFileSync('tar', ['-xOf', archive, 'RECOVER.md'], { encoding: 'utf8' }));

const commandsIn = (text: string): string =>
  [...text.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, commands]) => commands).join('\n');

const follow = (
  name: string,
  bytes: Uint8Array,
  key?: string,
  tamper?: (commands: string) => string,
  path = '/usr/bin:/bin',
) => {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  const archive = join(folder, `${name}.hfa`);
  writeFileSync(archive, bytes);
  const commands = commandsOf(archive);
  const env: NodeJS.ProcessEnv = { PATH: path, HOME: folder, ARCHIVE: archive };
  if (key !== undefined) {
    env.KEY = join(folder, `${name}.key`);
    writeFileSync(env.KEY, `${key}\n`);
  }
  const script = tamper === undefined ? commands : tamper(commands);
  return { cwd, ...spawnSync('bash', [], { cwd, env, input: script, encoding: 'utf8' }) };
};

const sampleHead: Head = {
  format: 1,
  backupId: 'x',
  installation: 'acme',
  createdAt: '2026-11-20T03:00:00Z',
  createdBy: 'c',
  description: '',
  scope: 'system',
  domain: 'root',
  productVersion: '0.1.0',
  archiveKey: 'age1x',
  segmentBytes: 65_536,
};

const tools = ['tar', 'age', 'zstd', 'openssl', 'sha256sum'] as const;

describe('RECOVER.md, followed to the letter with stock tools alone,', () => {
  testWith(...tools)('restores an archive under a backup key [B5] [U9]', async () => {
    const archive = await makeArchive();
    const { cwd, status, stdout, stderr } = follow('with-key', archive.bytes, archive.backupKey.identity);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(`${archive.signing.verifyKey}\nSignature Verified Successfully\n`);
    const restored = join(cwd, 'restored/files');
    execFileSync('diff', ['-r', '--no-dereference', tree, restored]);
    expect(treeListing(restored)).toEqual(treeListing(tree));
    expect(readFileSync(join(cwd, 'restored/database/database.dump')).equals(dump)).toBe(true);
    expect(readFileSync(join(cwd, 'restored/backup.log'), 'utf8')).toBe('the log\n');
    expect(readFileSync(join(cwd, 'restored/files.contents.jsonl'), 'utf8').split('\n')).toHaveLength(3);
    expect(existsSync(join(cwd, 'archive.identity'))).toBe(false);
  });

  (modern === undefined ? test.skip : testWith(...tools)).each([true, 'backup key'] as const)(
    'restores an archive with age 1.3; post-quantum: %s [B19] [B5]',
    async (postQuantum) => {
      const { bytes, backupKey } = await makeArchive({ postQuantum });
      const path = `${modern}:/usr/bin:/bin`;
      const { cwd, status, stderr } = follow(
        `hybrid ${postQuantum}`,
        bytes,
        backupKey.identity,
        undefined,
        path,
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(treeListing(join(cwd, 'restored/files'))).toEqual(treeListing(tree));
      expect(readFileSync(join(cwd, 'restored/database/database.dump')).equals(dump)).toBe(true);
    },
  );

  testWith(...tools).each(['key.hfa', 'run-on.hfa'])('restores the golden archive %s [B5]', async (name) => {
    const fixtures = join(import.meta.dirname, '../fixtures/archive-v1');
    const golden = JSON.parse(readFileSync(join(fixtures, 'golden.json'), 'utf8'));
    const bytes = readFileSync(join(fixtures, name));
    const { cwd, status, stderr } = follow(`golden-${name}`, bytes, golden.identities['golden-key']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(treeListing(join(cwd, 'restored/files'))).toEqual(golden.tree);
    const stream = readFileSync(join(cwd, 'restored/database/database.dump'));
    expect({ bytes: stream.length, sha256: sha256(stream) }).toEqual(golden.stream);
  });

  testWith(...tools, 'script')('restores an archive under a passphrase [B5] [U6]', async () => {
    const passphrase = 'correct horse battery staple';
    const archive = await makeArchive({ passphrase });
    // age asks on a terminal only: script gives it one, and the passphrase to type.
    const { cwd, status } = follow('with-passphrase', archive.bytes, undefined, (commands) =>
      commands.replace(
        /^ *age -d -o archive\.identity key\.age$/m,
        `script -qec 'age -d -o archive.identity key.age' /dev/null <<< '${passphrase}' > /dev/null`,
      ),
    );
    expect(status).toBe(0);
    execFileSync('diff', ['-r', '--no-dereference', tree, join(cwd, 'restored/files')]);
  });

  testWith(...tools)('stops at a changed member, before anything is decrypted [B8]', async () => {
    const archive = await makeArchive();
    const { cwd, status, stdout } = follow('changed', archive.bytes, archive.backupKey.identity, (commands) =>
      commands.replace(/^tar -xf .*$/m, (line) => `${line}\nprintf x >> components/database/00000003.*`),
    );
    expect(status).not.toBe(0);
    expect(stdout).toContain('components/database/00000003.database.dump.zst.age: FAILED');
    expect(existsSync(join(cwd, 'archive.identity'))).toBe(false);
  });

  testWith(...tools)('stops at a member that was added [B8]', async () => {
    const archive = await makeArchive();
    const { cwd, status, stdout } = follow('added', archive.bytes, archive.backupKey.identity, (commands) =>
      commands.replace(
        /^tar -xf .*$/m,
        (line) => `${line}\nln -s ../../key.age components/files/00000099.tar.zst.age`,
      ),
    );
    expect(status).not.toBe(0);
    expect(stdout).toContain('> ./components/files/00000099.tar.zst.age');
    expect(existsSync(join(cwd, 'archive.identity'))).toBe(false);
  });

  testWith(...tools)('stops at anything that was added to the archive, at its top too [B8]', async () => {
    const { bytes, backupKey } = await makeArchive();
    const names = ['extra', 'key.kms', 'components/files/extra', 'manifest.json', 'RECOVER.md'];
    for (const [n, added] of names.entries()) {
      const frame = Buffer.concat(frameMember(added, [Buffer.from('not ours')], createdAt));
      // Before the end, where it replaces nothing of the same name that comes later, and behind all others.
      for (const [where, at] of [
        ['first', 0],
        ['last', bytes.length - 1024],
      ] as const) {
        const forged = Buffer.concat([bytes.subarray(0, at), frame, bytes.subarray(at)]);
        const { cwd, status } = follow(`added-${n}-${where}`, forged, backupKey.identity, () =>
          commandsIn(recoverText(sampleHead, { components: [] })),
        );
        expect([added, where, status === 0]).toEqual([added, where, false]);
        expect(existsSync(join(cwd, 'archive.identity'))).toBe(false);
      }
    }
  });

  testWith(...tools)('stops at a changed manifest [B8]', async () => {
    const archive = await makeArchive();
    const { cwd, status } = follow('forged', archive.bytes, archive.backupKey.identity, (commands) =>
      commands.replace(/^tar -xf .*$/m, (line) => `${line}\nsed -i 's/acme/evil/' manifest.json`),
    );
    expect(status).not.toBe(0);
    expect(existsSync(join(cwd, 'restored'))).toBe(false);
  });

  testWith(...tools)('stops when the key is another [B8]', async () => {
    const archive = await makeArchive();
    const { cwd, status, stderr } = follow(
      'wrong-key',
      archive.bytes,
      (await makeArchive()).backupKey.identity,
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain('no identity matched');
    expect(existsSync(join(cwd, 'restored'))).toBe(false);
  });
});

describe('RECOVER.md', () => {
  const head: Head = {
    ...sampleHead,
    backupId: 'x`rm -rf /`-$(id)',
    installation: 'a\n```bash\nrm -rf /\n```',
    archiveKey: 'age1pq1x',
  };

  test('shows no free text that a shell or a reader could take for commands', () => {
    const text = recoverText(head, { components: [{ id: 'a', kind: '`id`', layout: 'tar' }] });
    expect(text).not.toContain('rm -rf /\n');
    expect(text).not.toContain('`rm');
    expect(text).not.toContain('$(id)');
    expect(text).not.toContain('`id`');
  });

  test('names no command that this version does not have', () => {
    const text = recoverText(head, { components: [{ id: 'a', kind: 'postgres', layout: 'stream' }] });
    for (const [, words = ''] of text.matchAll(/`holdfast ([a-z- ]+)`/g)) {
      const { status, stdout } = spawnSync(
        process.execPath,
        ['bin/holdfast.js', ...words.split(' '), '--help'],
        {
          encoding: 'utf8',
        },
      );
      expect([words, status, stdout]).toEqual([
        words,
        0,
        expect.stringContaining(`Usage: holdfast ${words}`),
      ]);
    }
  });

  test('says which age a post-quantum key needs [B19]', () => {
    expect(recoverText(head, { components: [] })).toContain('1.3 or later');
  });

  test('gives the key service’s command for an archive tied to it [C8]', () => {
    const components = [{ id: 'a', kind: 'directory', layout: 'tar' }] as const;
    const text = recoverText(head, {
      components,
      keyServiceCommand: 'aws kms decrypt --ciphertext-blob fileb://key.kms',
    });
    expect(text).toContain('aws kms decrypt --ciphertext-blob fileb://key.kms > archive.identity');
    expect(recoverText(head, { components })).toContain('only that one can turn');
  });
});
