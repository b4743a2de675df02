/**
 * Hostile archives from a trusted signer, recovered by hand: the commands write nothing outside the folder
 * and always end.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { encryptBytes } from '../../../lib/archive/age/age-header.ts';
import { testWith } from '../../tools/debian-tools.ts';
import { membersOf, type SealedMember, sealByHand } from '../crafted/seal-by-hand.ts';
import { makeSampleArchive, type SampleArchive } from '../samples/sample-archive.ts';
import { treeListing } from '../samples/sample-tree.ts';
import { type RawMember, rawTar } from '../tar/raw-tar.ts';
import { ESCAPE, RecoverJail, users } from './recover-jail.ts';

jest.setTimeout(180_000);

const tools = ['tar', 'age', 'zstd', 'openssl', 'sha256sum'] as const;
/** Files that the hostile archives below try to write by absolute names. */
const absolute = ['/holdfast-canary', '/etc/holdfast-canary'];
let sample: SampleArchive;
const jail = new RecoverJail();
beforeAll(async () => {
  sample = await makeSampleArchive({ log: 'the log\n' });
});
afterAll(() => jail[Symbol.dispose]());

const expectRefused = (what: string, bytes: Uint8Array, sentence: RegExp): void =>
  jail.expectRefused(what, bytes, sentence, { archive: sample });
const recover = (bytes: Uint8Array) => jail.recover(bytes, { archive: sample });
const seal = (members: readonly SealedMember[], change?: (manifest: string) => string): Buffer =>
  sealByHand(sample, members, change);

describe('an archive of a hostile signer', () => {
  const renamed = (index: number, name: string): SealedMember[] =>
    membersOf(sample).map((member, at) => (at === index ? { ...member, name } : member));

  testWith(...tools)('would be recovered, were it not for what follows, one at a time', () => {
    const { status, stderr, restored } = recover(seal(membersOf(sample)));
    expect([status, stderr]).toEqual([0, '']);
    expect(readdirSync(restored).sort()).toEqual(
      ['backup.log', 'database', 'database.contents.jsonl', 'notes', 'notes.contents.jsonl'].sort(),
    );
  });

  testWith(...tools)('is refused for a member of any other name, or in another order [B8]', () => {
    const names = [
      '../outside/canary',
      '/etc/holdfast-canary',
      'components/../../outside/x',
      'components/database/00000001.database.dump.zst.age/../x',
      'components/a b/00000001.tar.zst.age',
      'components/database/00000001.a/b.zst.age',
      'components/-rf/00000001.tar.zst.age',
      'components/A/00000001.tar.zst.age',
      'components/database/1.tar.zst.age',
      'components/database/00000001.tar.zst.age ',
      'components/database/00000001.tar.zst.age\\n',
      'contents/database/00000001.tar.zst.age',
      `components/${ESCAPE}/00000001.tar.zst.age`,
      'a[$(touch ../outside/x)]',
      'verify.key',
      'key.age',
      'key.kms',
      'RECOVER.md',
      'manifest.json',
      '-',
      '--to-command=id',
      '',
    ];
    for (const name of names) expectRefused(name, seal(renamed(2, name)), /its manifest lists /);
    expect(absolute.filter(existsSync)).toEqual([]);
    const [head, text, ...others] = membersOf(sample);
    if (!head || !text) throw new Error('the sample has a head');
    expectRefused('order', seal([text, head, ...others]), /or in another order/);
    expectRefused('no members', seal([]), /or in another order|no archive has/);
    expectRefused('no key', seal([head, text, ...others.slice(0, -1)]), /or in another order/);
    const twice = membersOf(sample).flatMap((member, at) => (at === 2 ? [member, member] : [member]));
    expectRefused('twice', seal(twice), /do not ascend/);
    const ahead = renamed(2, 'components/database/00000009.database.dump.zst.age');
    expectRefused('descending', seal(ahead), /do not ascend/);
  });

  testWith(...tools)('is refused for sizes that are no sizes, lies, or more than the file has [B8]', () => {
    const whole = membersOf(sample);
    const changed = (from: RegExp, to: string): Buffer => seal(whole, (text) => text.replace(from, to));
    for (const size of [
      'a[$(touch ../outside/x)]',
      '-512',
      '1e3',
      '0x10',
      '010',
      '""',
      'null',
      '99999999999',
      '$HOME',
    ])
      expectRefused(size, changed(/"size":\d+/, `"size":${size}`), /form that format 1 does not have/);
    for (const size of ['9999999999', '8589934591'])
      expectRefused(size, changed(/"size":\d+/, `"size":${size}`), /shorter than its manifest says/);
    expectRefused(
      'a lie',
      changed(/"size":\d+/, '"size":0'),
      /longer than its manifest says|not what was signed/,
    );
    expectRefused('another hash', changed(/"sha256":"../, '"sha256":"00'), /not what was signed/);
    expectRefused('no hash', changed(/"sha256":"[0-9a-f]+/, `"sha256":"${ESCAPE}`), /form that format 1/);
    expectRefused('one more key', changed(/"members":\[\{/, '"members":[{"link":"x",'), /form that format 1/);
    expectRefused('a feature', changed(/"features":\[\]/, '"features":["bases"]'), /later version/);
    expectRefused('no features', changed(/"features":\[\],/, ''), /later version/);
    expectRefused('no time', changed(/"createdAt":"[^"]*"/, `"createdAt":"${ESCAPE}"`), /has no time/);
    expectRefused(
      'a time that is a command',
      changed(/"createdAt":"[^"]*"/, '"createdAt":"/dev/zero"'),
      /has no time/,
    );
    expectRefused(
      'another time',
      changed(/"createdAt":"2026/, '"createdAt":"2027'),
      /tar around the members/,
    );
    expectRefused(
      'no JSON',
      seal(whole, () => `${ESCAPE}\n`),
      /later version/,
    );
    expectRefused(
      'nothing',
      seal(whole, () => ''),
      /later version/,
    );
  });

  testWith(...tools)('is read as the last list of members says, which is the manifest’s own', () => {
    const decoy = '"members":[{"name":"components/x/00000001.tar.zst.age","size":1,"sha256":"0"}]';
    const bytes = seal(membersOf(sample), (text) =>
      text.replace(
        '"details":{}',
        `"details":{"a":{},"sourceBytes":1,"entries":1,${decoy},"b":"${'[{'.repeat(99)}"}`,
      ),
    );
    expect(recover(bytes)).toMatchObject({ status: 0, stderr: '' });
  });

  testWith(...tools)('is refused for a key that is too large, or is none [B8]', async () => {
    const others = membersOf(sample).slice(0, -1);
    const withKey = (bytes: Uint8Array): Buffer => seal([...others, { name: 'key.age', bytes }]);
    expectRefused('2 MiB', withKey(Buffer.alloc(2 * 1024 * 1024)), /larger than format 1 allows/);
    expectRefused('no age file', withKey(Buffer.from(`age-encryption.org/v1\n-> ${ESCAPE}\n`)), /age: error/);
    expectRefused('escapes', withKey(Buffer.from(`${ESCAPE}\n`)), /age: error/);
    expectRefused('empty', withKey(Buffer.alloc(0)), /age: error/);
    const { recipient } = sample.backupKey;
    // For such a key, age would run a plug-in program.
    for (const text of [
      'AGE-PLUGIN-EVIL-1QQQQ\n',
      `${ESCAPE}\n`,
      '# a comment\n',
      'ssh-ed25519 AAAA\n',
      '',
    ]) {
      const key = await encryptBytes(Buffer.from(text), { recipients: [recipient] });
      expectRefused(text, withKey(key), /no key of an archive/);
    }
  });

  testWith(...tools)('is refused for a segment that does not hold what it says [B8]', async () => {
    const withSegment = (bytes: Uint8Array, plainBytes?: number): Buffer =>
      seal(
        membersOf(sample).map(({ name, ...member }, at) =>
          at === 2
            ? { name, bytes, ...(plainBytes === undefined ? {} : { plainBytes }) }
            : { name, ...member },
        ),
      );
    const sealed = (plain: Uint8Array) =>
      encryptBytes(zstdCompressSync(plain), { recipients: [sample.archiveKey.recipient] });
    const refused = (what: string, bytes: Buffer, sentence: RegExp): void => {
      const { status, stderr } = jail.recover(bytes, { archive: sample, fileKiB: 10_000 });
      expect([what, status, stderr]).toEqual([what, 1, expect.stringMatching(sentence)]);
      expect(stderr).not.toMatch(/too large|size limit/i);
      expect(stderr).toMatch(/NOT RECOVERED: .*\n$/);
    };
    const text = Buffer.from('first half, ');
    refused(
      'a bomb',
      withSegment(await sealed(Buffer.alloc(200_000_000)), 12),
      /00000001.* (holds more|does not hold)/,
    );
    refused('more', withSegment(await sealed(text), 11), /does not hold/);
    refused('less', withSegment(await sealed(text), 13), /does not hold/);
    refused('2 GiB', withSegment(await sealed(text), 2 ** 31), /larger than format 1 allows/);
    refused('no size', withSegment(await sealed(text)), /larger than format 1 allows/);
    const garbage = await encryptBytes(Buffer.from(ESCAPE), { recipients: [sample.archiveKey.recipient] });
    refused('no zstd', withSegment(garbage, ESCAPE.length), /cannot be opened/);
    refused('no age', withSegment(Buffer.from(ESCAPE), 12), /cannot be opened/);
    const cut = (await sealed(text)).subarray(0, -1);
    refused('cut', withSegment(cut, 12), /cannot be opened/);
    refused(
      'to another key',
      withSegment(
        await encryptBytes(zstdCompressSync(text), { recipients: [sample.backupKey.recipient] }),
        12,
      ),
      /cannot be opened/,
    );
  });
});

describe('a component whose tar is hostile', () => {
  const root: RawMember = { name: './', flag: '5', mode: 0o755 };
  const outside = '../../../outside';

  const recoverTar = async (tar: Buffer, user: number | undefined) => {
    const archive = await makeSampleArchive({ components: { files: { segments: [tar] } } });
    return jail.recover(archive.bytes, { archive, user });
  };

  testWith(...tools)('ends with an error, and changes nothing outside of its folder [B7] [B8]', async () => {
    const trees: Record<string, readonly RawMember[]> = {
      'a link as its root': [
        { name: './', flag: '2', link: outside },
        { name: './x', content: 'x' },
      ],
      'a pipe as its root': [{ name: './', flag: '6' }],
      'below a link': [root, { name: 'd', flag: '2', link: outside }, { name: 'd/x', content: 'x' }],
      'below a link in place of a folder': [
        root,
        { name: 'd/', flag: '5', mode: 0o755 },
        { name: 'd', flag: '2', link: outside },
        { name: 'd/canary', content: 'x' },
      ],
      'below a chain of links': [
        root,
        { name: 'a', flag: '2', link: 'b' },
        { name: 'b', flag: '2', link: outside },
        { name: 'a/canary', content: 'x' },
      ],
      'below a hard link to a link': [
        root,
        { name: 'a', flag: '2', link: outside },
        { name: 'b', flag: '1', link: 'a' },
        { name: 'b/canary', content: 'x' },
      ],
      'a hard link out': [
        root,
        { name: 'a', flag: '1', link: `${outside}/canary` },
        { name: 'a', content: 'x' },
      ],
      'an absolute name': [root, { name: '/holdfast-canary', content: 'x' }],
      'a name with ..': [root, { name: `${outside}/x`, content: 'x' }],
      'a pipe': [root, { name: 'f', flag: '6' }],
      'a device': [root, { name: 'f', flag: '3' }],
      'a block device': [root, { name: 'f', flag: '4' }],
      'a pipe named to clear the screen': [root, { name: `${ESCAPE}f`, flag: '6' }],
      'a name that clears the screen': [root, { name: `../${ESCAPE}`, content: 'x' }],
      'a part of another volume': [root, { name: 'f', flag: 'M', content: 'x' }],
      'a pipe and a device beside what tar refuses': [
        root,
        { name: 'f', flag: '6' },
        { name: 'd', flag: '3' },
        { name: '/holdfast-canary', content: 'x' },
      ],
      'a type that nobody knows': [root, { name: 'f', flag: '7', content: 'x' }],
    };
    for (const [what, members] of Object.entries(trees))
      for (const user of users) {
        const { status, stderr, restored } = await recoverTar(rawTar(...members), user);
        expect([what, status, stderr]).toEqual([
          what,
          1,
          expect.stringMatching(/Stopped: .*\nNOT RECOVERED: .*\n$/),
        ]);
        expect([what, treeListing(restored).filter(({ type }) => type === 'other')]).toEqual([what, []]);
      }
    expect(absolute.filter(existsSync)).toEqual([]);
    for (const tar of [gzipSync(rawTar(root)), Buffer.from('no tar at all'.repeat(99))]) {
      const { status, stderr } = await recoverTar(tar, undefined);
      expect([status, stderr]).toEqual([1, expect.stringContaining('tar of files cannot be restored')]);
    }
  });

  testWith(...tools)(
    'cannot make two writes meet: a pipe, then a file of its name, do not hang',
    async () => {
      const members: RawMember[] = [root, { name: 'f', flag: '6' }, { name: 'f', content: 'plain' }];
      for (const user of users) {
        const { status, restored } = await recoverTar(rawTar(...members), user);
        expect(status).toBe(0);
        expect(treeListing(restored)).toContainEqual(
          expect.objectContaining({ path: 'files/f', type: 'file' }),
        );
      }
    },
  );

  testWith(...tools)('that brings setuid files is told of, and nobody else can reach them', async () => {
    const tar = rawTar({ ...root, mode: 0o777 }, { name: 'su', mode: 0o6755, content: 'x' });
    for (const user of users) {
      const { status, stdout, restored } = await recoverTar(tar, user);
      expect([status, stdout]).toEqual([0, expect.stringContaining('setuid or setgid: 1;')]);
      const [entry] = treeListing(join(restored, '..'));
      expect(entry).toMatchObject({ path: 'restored', mode: 0o700 });
    }
  });

  testWith(...tools)('is refused beside a stream of the same component', () => {
    const members = membersOf(sample).map((member) => ({
      ...member,
      name: member.name.replace('00000002.database.dump', '00000002.tar'),
    }));
    const { status, stderr } = recover(seal(members));
    expect([status, stderr]).toEqual([1, expect.stringContaining('two layouts')]);
  });
});
