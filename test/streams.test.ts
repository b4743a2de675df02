/**
 * An error of a stream without a listener ends the process. This test lists every place in lib/ that makes a
 * stream or joins two, and what handles its errors: `pipeline`, a loop over the stream, or a listener.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = new URL('..', import.meta.url).pathname;

const MAKES =
  /\.pipe\(|\bcreate(?:Read|Write)Stream\(|\bcreate(?:Gzip|Gunzip|Unzip|Deflate|Inflate|Brotli|Zstd)\w*\(|\bReadable\.\w+\(|\bnew (?:Readable|Writable|Transform|Duplex|PassThrough)(?:Stream)?\b|\bcreateInterface\(|[^.\w](?:spawn|fork|createServer|createConnection)\(|\.(?:pipeThrough|pipeTo|getReader)\(/g;

/** zod's `pipe` joins schemas, not streams. */
const OF_SCHEMAS = /\.pipe\((?:z\.|z\b|$)/;

const shown: Readonly<Record<string, { readonly makes: readonly string[]; readonly heard: string }>> = {
  'lib/archive/age/age-header.ts': {
    makes: ['new ReadableStream'],
    heard: 'a stream of nothing, which a loop reads to its end',
  },
  'lib/archive/extract/extract-stream.ts': {
    makes: ['Readable.from('],
    heard: 'readers: `feed` by a listener and `pipeline`, `readDumpHead` and `withHead` by loops',
  },
  'lib/archive/zstd/zstd-compressor.ts': {
    makes: ['createZstdCompress('],
    heard: 'never used as a stream: only the binding within it is',
  },
  'lib/archive/zstd/zstd-frames.ts': {
    makes: ['createZstdDecompress('],
    heard: 'never used as a stream: only the binding within it is',
  },
  'lib/cli/files/download.ts': { makes: ['.getReader('], heard: 'each read of it by a catch' },
  'lib/cli/files/exported-trail.ts': {
    makes: ['createInterface(', 'createReadStream('],
    heard: 'the reader of lines hears its input, and a loop the reader',
  },
  'lib/cli/files/extract-paths.ts': { makes: ['createWriteStream('], heard: '`pipeline`' },
  'lib/cli/terminal/confirm.ts': {
    makes: ['createInterface('],
    heard: 'of the terminal: it ends with the process',
  },
  'lib/components/directory/extended-attributes.ts': {
    makes: ['spawn('],
    heard: 'listeners on the process, its input and its output; it has no error output',
  },
  'lib/components/postgres/dump/read-dump.ts': {
    makes: ['Readable.from('],
    heard: '`feed`, by a listener and `pipeline`',
  },
  'lib/components/postgres/restore/restore-pass.ts': {
    makes: ['Readable.from('],
    heard: 'a stream of nothing, which `feed` takes as any other',
  },
  'lib/components/postgres/server/tool-process.ts': {
    makes: ['createInterface(', 'spawn('],
    heard: 'listeners on the process, its input, both its outputs and the lines',
  },
  'lib/adapters/aws/sources/tables/exported-items.ts': {
    makes: ['Readable.from(', 'createGunzip('],
    heard: '`pipeline`, whose failure whoever reads is told',
  },
  'lib/runtimes/server/http/archive-download.ts': { makes: ['Readable.from('], heard: '`pipeline`' },
  'lib/runtimes/server/http/archived-file-download.ts': { makes: ['Readable.from('], heard: '`pipeline`' },
  'lib/runtimes/server/http/http-server.ts': {
    makes: ['createServer('],
    heard: "Node's own: a broken connection closes it, and a request that is read is read by a loop",
  },
  'lib/adapters/local/store/folder-object-store.ts': { makes: ['createReadStream('], heard: 'a loop' },
};

const sources = ['lib', 'lambdas'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

test('every stream of lib/ is one whose errors are heard', () => {
  expect(sources.length).toBeGreaterThan(200);
  const found = sources.flatMap((path) => {
    const makes = readFileSync(join(root, path), 'utf8')
      .split('\n')
      .filter((line) => !/^\s*(?:\*|\/[/*])/.test(line) && !OF_SCHEMAS.test(line))
      .flatMap((line) => [...line.matchAll(MAKES)].map(([make]) => make.trim()));
    return makes.length === 0 ? [] : [[path, makes.sort()] as const];
  });
  const expected = Object.entries(shown).map(([path, { makes }]) => [path, [...makes].sort()] as const);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
});
