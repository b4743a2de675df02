import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { generateBackupKey } from '../../../lib/archive/age/age-header.ts';
import type { ContentsEntry, Head } from '../../../lib/archive/format.ts';
import { sealArchiveKey } from '../../../lib/archive/keys/archive-key.ts';
import { generateSigningKey } from '../../../lib/archive/keys/signature.ts';
import { frameMember } from '../../../lib/archive/layout/outer-tar.ts';
import { recoverText } from '../../../lib/archive/writer/recover.ts';
import { randomFrom, testSeed } from '../../random-pieces.ts';
import { testWith } from '../../tools/debian-tools.ts';
import { installModernAge } from '../../tools/modern-age.ts';
import {
  createdAt,
  makeSampleArchive,
  type SampleArchive,
  type SampleOptions,
  sha256,
  signerOf,
} from '../samples/sample-archive.ts';
import { makeSampleTree, treeListing } from '../samples/sample-tree.ts';
import { makeTreeArchive } from '../samples/tree-archive.ts';
import { type RawMember, rawMember, rawTar } from '../tar/raw-tar.ts';
import { commandsIn, commandsOf, type Followed, follow as followCommands } from './follow-recover.ts';
import { RecoverJail, users } from './recover-jail.ts';

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

/** Segments of a component as another writer may make them: pieces of one tar. */
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

const fixtures = join(import.meta.dirname, '../../fixtures/archive-v1');
const golden = JSON.parse(readFileSync(join(fixtures, 'golden.json'), 'utf8'));

interface Attempt {
  readonly archive: { readonly bytes: Buffer; readonly signing: { readonly verifyKey: string } };
  /** Replaces the archive's own bytes, for example by a damaged copy. */
  readonly bytes?: Buffer;
  readonly key?: string;
  readonly commands?: string;
  readonly typed?: string;
  readonly path?: string;
}

/** Runs the archive's own RECOVER.md unless the attempt gives other commands. */
const follow = (name: string, attempt: Attempt): Followed & { readonly cwd: string } => {
  const { archive, bytes = archive.bytes, key, ...how } = attempt;
  const cwd = join(folder, name);
  mkdirSync(cwd);
  const file = join(folder, `${name}.hfa`);
  writeFileSync(file, bytes);
  const variables: Record<string, string> = { ARCHIVE: file, VERIFY_KEY: archive.signing.verifyKey };
  if (key !== undefined) {
    variables.KEY = join(folder, `${name}.key`);
    writeFileSync(variables.KEY, key);
  }
  return { cwd, ...followCommands({ commands: commandsOf(file), cwd, variables, ...how }) };
};

const withKey = (archive: SampleArchive) => ({ archive, key: `${archive.backupKey.identity}\n` });

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
    const { cwd, status, stdout, stderr } = follow('with-key', withKey(archive));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      `Its verify key: ${archive.signing.verifyKey}`,
      'Signature Verified Successfully',
      'Every byte of the archive is one that was signed',
      'Restoring database',
      'Restoring files',
      `Recovered: all that the archive holds is in ${cwd}/restored`,
      '',
    ]);
    const restored = join(cwd, 'restored/files');
    execFileSync('diff', ['-r', '--no-dereference', tree, restored]);
    expect(treeListing(restored)).toEqual(treeListing(tree));
    expect(readFileSync(join(cwd, 'restored/database/database.dump')).equals(dump)).toBe(true);
    expect(readFileSync(join(cwd, 'restored/backup.log'), 'utf8')).toBe('the log\n');
    expect(readFileSync(join(cwd, 'restored/files.contents.jsonl'), 'utf8').split('\n')).toHaveLength(3);
    // The script leaves no scratch file and no archive key.
    expect(readdirSync(cwd)).toEqual(['restored']);
  });

  (modern === undefined ? test.skip : testWith(...tools)).each([true, 'backup key'] as const)(
    'restores an archive with age 1.3; post-quantum: %s [B19] [B5]',
    async (postQuantum) => {
      const archive = await makeArchive({ postQuantum });
      const path = `${modern}:/usr/bin:/bin`;
      const { cwd, status, stderr } = follow(`hybrid ${postQuantum}`, { ...withKey(archive), path });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(treeListing(join(cwd, 'restored/files'))).toEqual(treeListing(tree));
      expect(readFileSync(join(cwd, 'restored/database/database.dump')).equals(dump)).toBe(true);
    },
  );

  // Each golden archive holds the RECOVER.md of the version that made it.
  testWith(...tools).each(['key.hfa', 'run-on.hfa'])('restores the golden archive %s [B5]', async (name) => {
    const bytes = readFileSync(join(fixtures, name));
    const { identities, verifyKey, tree, stream } = golden;
    const archive = { bytes, signing: { verifyKey } };
    const key = `${identities['golden-key']}\n`;
    const { cwd, status, stderr } = follow(`golden-${name}`, { archive, key });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(treeListing(join(cwd, 'restored/files'))).toEqual(tree);
    const dumped = readFileSync(join(cwd, 'restored/database/database.dump'));
    expect({ bytes: dumped.length, sha256: sha256(dumped) }).toEqual(stream);
  });

  testWith(...tools, 'script')('restores an archive under a passphrase [B5] [U6]', async () => {
    const passphrase = 'correct horse battery staple';
    const archive = await makeArchive({ passphrase });
    const { cwd, status, stdout } = follow('with-passphrase', { archive, typed: passphrase });
    expect([status, stdout]).toEqual([0, expect.stringContaining('Recovered: ')]);
    execFileSync('diff', ['-r', '--no-dereference', tree, join(cwd, 'restored/files')]);
  });

  testWith(...tools)(
    'restores names of any bytes and length, and times of any year, without a word [B5]',
    async () => {
      const root = join(folder, 'odd');
      mkdirSync(root);
      const names = [Buffer.alloc(150, 0xe9), Buffer.from('é'.repeat(100)), Buffer.from('\x1b[2J\n\\n')];
      const times = [4_000_000_000, 20_000_000_000, -1_000_000];
      for (const [n, name] of names.entries()) {
        const path = Buffer.concat([Buffer.from(`${root}/`), name]);
        writeFileSync(path, String(n));
        utimesSync(path, times[n] ?? 0, times[n] ?? 0);
      }
      const backupKey = await generateBackupKey();
      const signing = generateSigningKey();
      const bytes = await makeTreeArchive({
        root,
        stream: dump,
        encryption: { mode: 'key', keyId: 'k' },
        signer: signerOf(signing),
        seal: (identity) => sealArchiveKey(identity, { recipients: [backupKey.recipient] }),
      });
      const archive = { bytes, signing };
      const { cwd, status, stderr } = follow('odd names', { archive, key: `${backupKey.identity}\n` });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(treeListing(join(cwd, 'restored/files'))).toEqual(treeListing(root));
    },
  );

  testWith(...tools)(
    'restores what several tasks wrote, into folders that nobody may write to [B5]',
    async () => {
      const time = 1_700_000_000;
      const folderOf = (name: string): RawMember => ({ name, flag: '5', mode: 0o555, time });
      const segments = [
        rawTar(folderOf('./'), folderOf('d/'), { name: 'd/a', content: 'a', time }, folderOf('e/')),
        rawTar({ name: 'd/b', content: 'b', time }),
      ];
      const archive = await makeSampleArchive({ components: { files: { segments } } });
      using jail = new RecoverJail();
      for (const user of users) {
        const { status, stderr, restored } = jail.recover(archive.bytes, { archive, user });
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        const mtime = `${time}000000000`;
        expect(treeListing(join(restored, 'files'))).toMatchObject([
          { path: 'd', mode: 0o555, mtime },
          { path: 'd/a', size: 1, mtime },
          { path: 'd/b', size: 1, mtime },
          { path: 'e', mode: 0o555, mtime },
        ]);
      }
    },
  );

  testWith(...tools)('restores what people described in any words, brackets and quotes [B5]', async () => {
    const description =
      'Größe 😀 \u0000\u001b[2J }],"features":[1],"createdAt":"now","members":[{"name":"x" \\';
    const archive = await makeArchive({
      head: { description, installation: '{"a":[1]}', createdBy: 'Łódź' },
    });
    const { cwd, status, stderr } = follow('described', withKey(archive));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(treeListing(join(cwd, 'restored/files'))).toEqual(treeListing(tree));
  });

  testWith(...tools)('stops at a changed member, before anything is restored [B8]', async () => {
    const archive = await makeArchive();
    const bytes = Buffer.from(archive.bytes);
    const name = 'components/database/00000003.database.dump.zst.age';
    const at = bytes.indexOf(name) + 600;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const { cwd, status, stdout } = follow('changed', { ...withKey(archive), bytes });
    expect(status).not.toBe(0);
    expect(stdout).toContain(`${name}: FAILED`);
    expect(readdirSync(cwd)).toEqual([]);
  });

  testWith(...tools)('stops at a link that was added [B8]', async () => {
    const archive = await makeArchive();
    const link = { name: 'components/files/00000099.tar.zst.age', flag: '2', link: '../../key.age' };
    const signature = archive.bytes.length - 2048;
    const bytes = Buffer.concat([
      archive.bytes.subarray(0, signature),
      rawMember(link),
      archive.bytes.subarray(signature),
    ]);
    const { cwd, status, stderr } = follow('added', { ...withKey(archive), bytes });
    expect([status, stderr]).toEqual([1, expect.stringContaining('manifest.json is not the one')]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  testWith(...tools)('stops at anything that was added to the archive, at its top too [B8]', async () => {
    const archive = await makeArchive();
    const { bytes } = archive;
    const commands = commandsIn(recoverText(sampleHead, { components: [] }));
    const names = ['extra', 'key.kms', 'components/files/extra', 'manifest.json', 'RECOVER.md'];
    for (const [n, added] of names.entries()) {
      const frame = Buffer.concat(frameMember(added, [Buffer.from('not ours')], createdAt));
      // Puts the member before the end, where a later member of the same name replaces it, and after all
      // others.
      for (const [where, at] of [
        ['first', 0],
        ['last', bytes.length - 1024],
      ] as const) {
        const forged = Buffer.concat([bytes.subarray(0, at), frame, bytes.subarray(at)]);
        const { cwd, status } = follow(`added-${n}-${where}`, {
          ...withKey(archive),
          bytes: forged,
          commands,
        });
        expect([added, where, status]).toEqual([added, where, 1]);
        expect(readdirSync(cwd)).toEqual([]);
      }
    }
  });

  testWith(...tools)('stops at a changed manifest [B8]', async () => {
    const archive = await makeArchive();
    const bytes = Buffer.from(archive.bytes);
    bytes.write('evil', bytes.lastIndexOf('"installation":"acme"') + 16);
    const { cwd, status, stderr } = follow('forged', { ...withKey(archive), bytes });
    expect([status, stderr]).toEqual([1, expect.stringContaining('manifest.json is not the one')]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  testWith(...tools)('stops when the key is another [B8]', async () => {
    const archive = await makeArchive();
    const { key } = withKey(await makeArchive());
    const { cwd, status, stderr } = follow('wrong-key', { archive, key });
    expect(status).not.toBe(0);
    expect(stderr).toContain('no identity matched');
    expect(readdirSync(cwd)).toEqual([]);
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
