/** The contract of every object store. Run it on an adapter with `describeObjectStore(name, open)`. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Piece } from '../../lib/model/records/capture.ts';
import type { ObjectStore, Part } from '../../lib/ports/object-store.ts';
import { randomFrom, testSeed } from '../random-pieces.ts';
import { sampleId } from './sample-records.ts';

export interface OpenedStore {
  store: ObjectStore;
  /** A second place that `locate` allows, if the adapter supports one. */
  otherPlace: string;
  close: () => Promise<void>;
}
/** Opens a new empty store for each test. */
export type OpenStore = () => Promise<OpenedStore>;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const bytes = (content: string): Buffer => Buffer.from(content, 'latin1');

export const describeObjectStore = (name: string, open: OpenStore): void => {
  describe(`object store: ${name}`, () => {
    let store: ObjectStore;
    let otherPlace: string;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ store, otherPlace, close } = await open());
    });
    afterEach(() => close());

    const readAll = async (key: string, offset?: number): Promise<Buffer> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.stream(key, offset)) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    };
    const putAll = async (uploadId: string, key: string, contents: readonly string[]): Promise<Piece[]> => {
      await store.open(uploadId, key);
      const pieces: Piece[] = [];
      for (const [i, content] of contents.entries())
        pieces.push(await store.putPiece(uploadId, `piece ${i}`, [bytes(content)]));
      return pieces;
    };
    const parts = (pieces: readonly Piece[]): Part[] => pieces.map((piece) => ({ piece }));
    const make = async (key: string, content: string | Uint8Array): Promise<void> => {
      const part = typeof content === 'string' ? bytes(content) : content;
      await store.compose(sampleId('make'), key, [{ bytes: part }], { overwrite: true });
    };

    describe('an upload', () => {
      test('becomes one object of its pieces, in the order asked for', async () => {
        const key = store.locate('a.tar');
        const pieces = await putAll('up', key, ['one ', 'two ', 'three']);
        expect(pieces.map((piece) => piece.bytes)).toEqual([4, 4, 5]);
        expect(await store.compose('up', key, parts(pieces), { overwrite: false })).toEqual({
          key,
          bytes: 13,
        });
        expect(text(await readAll(key))).toBe('one two three');
        const again = store.locate('b.tar');
        const [a, b, c] = await putAll('up2', again, ['one ', 'two ', 'three']);
        if (a && b && c) await store.compose('up2', again, parts([c, a, b]), { overwrite: false });
        expect(text(await readAll(again))).toBe('threeone two ');
      });

      test('takes pieces as several buffers, which may be reused afterwards', async () => {
        const key = store.locate('a.tar');
        await store.open('up', key);
        const buffer = bytes('abcdef');
        const first = await store.putPiece('up', '1', [
          buffer.subarray(0, 2),
          buffer.subarray(2, 2),
          buffer.subarray(4),
        ]);
        buffer.fill(0x2e);
        expect(first.bytes).toBe(4);
        expect(text(await store.readPiece('up', first))).toBe('abef');
        await store.compose('up', key, [{ piece: first }], { overwrite: false });
        expect(text(await readAll(key))).toBe('abef');
      });

      test('counts the last piece of a name that was put twice', async () => {
        const key = store.locate('a.tar');
        const [first] = await putAll('up', key, ['first', 'second']);
        const again = await store.putPiece('up', 'piece 0', [bytes('FIRST!')]);
        const second = await store.putPiece('up', 'piece 1', [bytes('SECOND!')]);
        expect(first).toBeDefined();
        await store.compose('up', key, parts([again, second]), { overwrite: false });
        expect(text(await readAll(key))).toBe('FIRST!SECOND!');
      });

      test('takes pieces for a place in the object, in any order and again, and reads ranges of them', async () => {
        const key = store.locate('a.tar');
        await store.open('up', key);
        const put = (name: string, content: string, at: number) =>
          store.putPiece('up', name, [bytes(content)], { at });
        const third = await put('3', 'three', 8);
        const wrong = await put('1', 'nine', 0);
        const second = await put('2', 'two.', 4);
        const first = await put('1', 'one.', 0);
        expect([wrong.bytes, first.bytes]).toEqual([4, 4]);
        expect(text(await store.readPiece('up', third, { offset: 1, length: 3 }))).toBe('hre');
        expect(text(await store.readPiece('up', second, { offset: 2, length: 2 }))).toBe('o.');
        await store.compose('up', key, parts([first, second, third]), { overwrite: false });
        expect(text(await readAll(key))).toBe('one.two.three');
      });

      test('mixes pieces with bytes at hand, before, between and after', async () => {
        const key = store.locate('a.tar');
        const [a, b] = await putAll('up', key, ['aaa', 'bbb']);
        if (!a || !b) throw new Error('no pieces');
        const mixed: Part[] = [
          { bytes: bytes('<') },
          { piece: a },
          { bytes: bytes('|') },
          { piece: b },
          { bytes: bytes('>') },
        ];
        await store.compose('up', key, mixed, { overwrite: false });
        expect(text(await readAll(key))).toBe('<aaa|bbb>');
      });

      test('ends with bytes after its pieces', async () => {
        const key = store.locate('a.tar');
        const pieces = await putAll('up', key, ['aaa', 'bbb', 'not wanted, and longer than the end']);
        await store.compose('up', key, [...parts(pieces.slice(0, 2)), { bytes: bytes('>end') }], {
          overwrite: false,
        });
        expect(text(await readAll(key))).toBe('aaabbb>end');
      });

      test('is seen by nobody before it is composed, and is no upload after it', async () => {
        const key = store.locate('a.tar');
        const pieces = await putAll('up', key, ['x']);
        expect(await store.stat(key)).toBeUndefined();
        expect(await store.uploads()).toEqual(['up']);
        await store.compose('up', key, parts(pieces), { overwrite: false });
        expect(await store.stat(key)).toEqual({ key, bytes: 1 });
        expect(await store.uploads()).toEqual([]);
      });

      test('may be opened again', async () => {
        const key = store.locate('a.tar');
        const pieces = await putAll('up', key, ['x', 'y']);
        await store.open('up', key);
        pieces.push(await store.putPiece('up', 'z', [bytes('z')]));
        await store.compose('up', key, parts(pieces), { overwrite: false });
        expect(text(await readAll(key))).toBe('xyz');
      });

      test('leaves nothing when aborted; aborting twice or nothing does nothing', async () => {
        const key = store.locate('a.tar');
        const [piece] = await putAll('up', key, ['x']);
        await store.abort('up');
        expect(await store.uploads()).toEqual([]);
        expect(await store.stat(key)).toBeUndefined();
        if (piece) await expect(store.readPiece('up', piece)).rejects.toMatchObject({ code: 'not_found' });
        await store.abort('up');
        await store.abort('never-was');
      });

      test('takes no piece when it was never opened, or was aborted', async () => {
        await expect(store.putPiece('never', '1', [bytes('x')])).rejects.toMatchObject({ code: 'not_found' });
        await putAll('up', store.locate('a.tar'), ['x']);
        await store.abort('up');
        await expect(store.putPiece('up', '2', [bytes('x')])).rejects.toMatchObject({ code: 'not_found' });
        expect(await store.uploads()).toEqual([]);
      });

      test('does not get in the way of another', async () => {
        const [k1, k2] = [store.locate('1.tar'), store.locate('2.tar')];
        const one = await putAll('up1', k1, ['one']);
        const two = await putAll('up2', k2, ['two']);
        expect((await store.uploads()).sort()).toEqual(['up1', 'up2']);
        await store.abort('up1');
        await store.compose('up2', k2, parts(two), { overwrite: false });
        expect(text(await readAll(k2))).toBe('two');
        expect(one).toHaveLength(1);
      });

      test('of many pieces put at once, composed in any order, is what was asked for', async () => {
        const seed = testSeed();
        const random = randomFrom(seed);
        const key = store.locate('a.tar');
        await store.open('up', key);
        const contents = Array.from({ length: 60 }, () => randomBytes(random(40_000)));
        const pieces = await Promise.all(
          contents.map((content, i) =>
            store.putPiece('up', `${i}`, [content.subarray(0, 7), content.subarray(7)]),
          ),
        );
        const order = contents
          .map((content, i) => ({ i, content, at: random(1_000_000) }))
          .sort((a, b) => a.at - b.at);
        const asked = order.flatMap(({ i }): Part[] => {
          const piece = pieces[i];
          return piece ? [{ piece }] : [];
        });
        await store.compose('up', key, asked, { overwrite: false });
        const expected = Buffer.concat(order.map(({ content }) => content));
        expect({ seed, same: (await readAll(key)).equals(expected) }).toEqual({ seed, same: true });
      });

      test('goes to another allowed place', async () => {
        const key = store.locate('a.tar', otherPlace);
        const pieces = await putAll('up', key, ['elsewhere']);
        expect(await store.uploads()).toEqual(['up']);
        await store.compose('up', key, parts(pieces), { overwrite: false });
        expect(text(await readAll(key))).toBe('elsewhere');
        expect(await store.stat(store.locate('a.tar'))).toBeUndefined();
        await putAll('up2', key, ['x']);
        await store.abort('up2');
        expect(await store.uploads()).toEqual([]);
      });
    });

    describe('a name that is taken [U5]', () => {
      test('is refused; what is there stays, and the pieces can be composed under another', async () => {
        const key = store.locate('taken.tar');
        await make(key, 'the first');
        const pieces = await putAll('up', key, ['the ', 'second']);
        const end: Part = { bytes: bytes('!') };
        await expect(
          store.compose('up', key, [...parts(pieces), end], { overwrite: false }),
        ).rejects.toMatchObject({
          code: 'file_exists',
        });
        expect(text(await readAll(key))).toBe('the first');
        const free = store.locate('free.tar');
        await store.compose('up', free, [...parts(pieces), end], { overwrite: false });
        expect(text(await readAll(free))).toBe('the second!');
      });

      test('is replaced as a whole when that was asked for', async () => {
        const key = store.locate('taken.tar');
        await make(key, 'the first, which is longer');
        const pieces = await putAll('up', key, ['second']);
        await store.compose('up', key, parts(pieces), { overwrite: true });
        expect(text(await readAll(key))).toBe('second');
      });

      test('goes to exactly one of two who compose it at the same instant', async () => {
        for (let round = 0; round < 10; round++) {
          const key = store.locate(`race-${round}.tar`);
          const names = ['a', 'b'];
          const uploads = await Promise.all(
            names.map((name) => putAll(`${name}${round}`, key, [name, name])),
          );
          const outcomes = await Promise.allSettled(
            uploads.map((pieces, i) =>
              store.compose(`${names[i]}${round}`, key, parts(pieces), { overwrite: false }),
            ),
          );
          const winners = names.filter((_, i) => outcomes[i]?.status === 'fulfilled');
          expect(winners).toHaveLength(1);
          expect(text(await readAll(key))).toBe(`${winners[0]}${winners[0]}`);
          const loser = outcomes.find(({ status }) => status === 'rejected');
          expect(loser).toMatchObject({ reason: { code: 'file_exists' } });
          for (const name of names) await store.abort(`${name}${round}`);
        }
      });
    });

    describe('an object that takes the place of another [U5]', () => {
      test('is there as a whole, its former name is free, and no upload is left', async () => {
        const [from, to] = [store.locate('new.tar'), store.locate('old.tar')];
        for (const content of ['small', randomBytes(3_000_000)]) {
          await make(to, 'the old one');
          await make(from, content);
          await store.replace('up', from, to);
          expect((await readAll(to)).equals(Buffer.from(content))).toBe(true);
          expect(await store.stat(from)).toBeUndefined();
        }
        expect(await store.uploads()).toEqual([]);
      });

      test('may find nothing there to replace', async () => {
        const from = store.locate('new.tar', otherPlace);
        const to = store.locate('old.tar', otherPlace);
        await make(from, 'new');
        await store.replace('up', from, to);
        expect(text(await readAll(to))).toBe('new');
      });

      test('must be there itself; else the other stays', async () => {
        const to = store.locate('old.tar');
        await make(to, 'the old one');
        await expect(store.replace('up', store.locate('none.tar'), to)).rejects.toMatchObject({
          code: 'not_found',
        });
        expect(text(await readAll(to))).toBe('the old one');
      });

      test('is of the same place', async () => {
        const [from, to] = [store.locate('new.tar', otherPlace), store.locate('old.tar')];
        await make(from, 'new');
        await make(to, 'the old one');
        await expect(store.replace('up', from, to)).rejects.toMatchObject({ code: 'conflict' });
        expect(text(await readAll(from))).toBe('new');
        expect(text(await readAll(to))).toBe('the old one');
      });
    });

    describe('copied ranges', () => {
      const source = randomBytes(3_000_000);
      const copy = (from: string, start: number, end: number): Part => ({
        copy: from,
        offset: start,
        length: end - start,
      });

      test('an object with another tail is made of a copied range and new bytes [B10]', async () => {
        const from = store.locate('from.tar');
        await make(from, source);
        const key = store.locate('to.tar');
        const asked: Part[] = [copy(from, 0, 2_900_000), { bytes: bytes('new tail') }];
        await store.compose('up', key, asked, { overwrite: false });
        expect(
          (await readAll(key)).equals(Buffer.concat([source.subarray(0, 2_900_000), bytes('new tail')])),
        ).toBe(true);
        expect((await readAll(from)).equals(source)).toBe(true);
        expect(await store.uploads()).toEqual([]);
      });

      test('an object takes the place of the one it is copied from', async () => {
        const key = store.locate('same.tar');
        await make(key, source);
        const asked: Part[] = [
          copy(key, 0, 1000),
          { bytes: bytes('KEY.AGE!') },
          copy(key, 1008, 2_999_000),
          { bytes: bytes('a tail that is somewhat longer than the one before'.repeat(40)) },
        ];
        await store.compose('up', key, asked, { overwrite: true });
        const expected = Buffer.concat([
          source.subarray(0, 1000),
          bytes('KEY.AGE!'),
          source.subarray(1008, 2_999_000),
          bytes('a tail that is somewhat longer than the one before'.repeat(40)),
        ]);
        expect((await readAll(key)).equals(expected)).toBe(true);
      });

      test('ranges may be shifted, repeated, of two objects, and stand among pieces', async () => {
        const [one, two] = [store.locate('one.tar'), store.locate('two.tar')];
        await make(one, source);
        await make(two, 'from two');
        const key = store.locate('to.tar');
        const [piece] = await putAll('up', key, ['(piece)']);
        if (!piece) throw new Error('no piece');
        const asked = [
          copy(one, 5, 2_500_000),
          copy(two, 5, 8),
          { piece },
          copy(one, 0, 10),
          copy(two, 0, 4),
        ];
        await store.compose('up', key, asked, { overwrite: false });
        const expected = [
          source.subarray(5, 2_500_000),
          bytes('two(piece)'),
          source.subarray(0, 10),
          bytes('from'),
        ];
        expect((await readAll(key)).equals(Buffer.concat(expected))).toBe(true);
      });

      test('of an object that is not there, or ends before, make no object', async () => {
        const short = store.locate('short.tar');
        await make(short, 'short');
        const key = store.locate('to.tar');
        await expect(
          store.compose('up', key, [copy(store.locate('none.tar'), 0, 5)], { overwrite: false }),
        ).rejects.toMatchObject({ code: 'not_found' });
        for (const range of [copy(short, 0, 6), copy(short, 4, 6), copy(short, 50, 60)])
          await expect(store.compose('up', key, [range], { overwrite: false })).rejects.toMatchObject({
            code: 'archive_cut',
          });
        expect(await store.stat(key)).toBeUndefined();
        await store.abort('up');
        expect(await store.uploads()).toEqual([]);
      });
    });

    describe('an object', () => {
      test('is read in ranges and as a stream from any byte', async () => {
        const key = store.locate('a.tar');
        const content = randomBytes(2_500_000);
        await make(key, content);
        expect(
          Buffer.from(await store.read(key, 1_000_000, 100)).equals(content.subarray(1_000_000, 1_000_100)),
        ).toBe(true);
        expect((await store.read(key, 5, 0)).byteLength).toBe(0);
        expect((await readAll(key, 2_000_000)).equals(content.subarray(2_000_000))).toBe(true);
        expect((await readAll(key, 2_500_000)).byteLength).toBe(0);
      });

      test('that ends before the range is cut; one that is not there is not found', async () => {
        const key = store.locate('a.tar');
        await make(key, '12345');
        await expect(store.read(key, 3, 3)).rejects.toMatchObject({ code: 'archive_cut' });
        await expect(store.read(key, 9, 1)).rejects.toMatchObject({ code: 'archive_cut' });
        const none = store.locate('none.tar');
        await expect(store.read(none, 0, 1)).rejects.toMatchObject({ code: 'not_found' });
        await expect(readAll(none)).rejects.toMatchObject({ code: 'not_found' });
        expect(await store.stat(none)).toBeUndefined();
      });

      test('may be left in the middle of a stream', async () => {
        const key = store.locate('a.tar');
        await make(key, randomBytes(4_000_000));
        for await (const chunk of store.stream(key)) {
          expect(chunk.byteLength).toBeGreaterThan(0);
          break;
        }
        await store.remove(key);
      });

      test('is gone when removed; removing it again does nothing [D5]', async () => {
        const key = store.locate('a.tar');
        await make(key, 'x');
        await store.remove(key);
        await store.remove(key);
        expect(await store.stat(key)).toBeUndefined();
        await make(key, 'y');
        expect(text(await readAll(key))).toBe('y');
      });

      test('has a key from which its place and, with the name, the same key follow', async () => {
        for (const key of [store.locate('a.tar'), store.locate('a.tar', otherPlace)])
          expect(store.locate('a.tar', store.placeOf(key))).toBe(key);
        expect(store.locate('a.tar')).not.toBe(store.locate('a.tar', otherPlace));
      });
    });

    describe('places [U5]', () => {
      test('that the configuration does not name are refused', () => {
        for (const place of ['/etc', `${otherPlace}/..`, `${otherPlace}/below`, '..', '.', '', 'elsewhere'])
          expect(() => store.locate('a.tar', place)).toThrow(
            expect.objectContaining({ code: 'place_not_allowed' }),
          );
      });

      test('are not left by a file name', () => {
        for (const fileName of ['../a.tar', 'a/b.tar', '.', '..', '.hidden', '', 'a\u0000b', 'a\nb', 'a\\b'])
          expect(() => store.locate(fileName)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
      });

      test('that can be written to are told so, and nothing is left there', async () => {
        for (const key of [store.locate('a.tar'), store.locate('a.tar', otherPlace)]) {
          await store.assertWritable(key);
          expect(await store.stat(key)).toBeUndefined();
        }
        expect(await store.uploads()).toEqual([]);
      });
    });
  });
};
