/** Manifests of a valid form that contradict the document or themselves. */
import { KEY_ID } from '../writer/archive.ts';
import type { Json, JsonObject } from '../writer/json.ts';
import { dropKey, objectAt, put, putSummary, type Rule, shapeOf, summary } from './manifest-bends.ts';
import type { Shape } from './shape.ts';

const UNSUPPORTED = 'archive_format_unsupported';

const headStrings: readonly (readonly [string, number])[] = [
  ['backupId', 128],
  ['installation', 128],
  ['createdBy', 256],
  ['description', 1_024],
  ['domain', 128],
  ['productVersion', 64],
  ['archiveKey', 4_096],
];

const ofHead: readonly Rule[] = [
  ...headStrings.map(([key, most]) => ({ name: `${key} too long`, head: { [key]: 'x'.repeat(most + 1) } })),
  ...headStrings.map(([key]) => ({ name: `${key} that is a number`, head: { [key]: 5 } })),
  { name: 'a scope that nobody knows', head: { scope: 'planet' } },
  ...[65_535, 1_073_741_825, 65_536.5, -1, 0].map((segmentBytes) => ({
    name: `segments of ${segmentBytes} bytes`,
    head: { segmentBytes },
  })),
  ...[
    '2026-11-20',
    '2026-11-20 03:00:00Z',
    '2026-11-20T03:00:00',
    '2026-02-30T03:00:00Z',
    '2026-11-20T25:00:00Z',
    '+002026-11-20T03:00:00Z',
    `2026-11-20T03:00:00.${'0'.repeat(30)}Z`,
    'now',
    '1969-12-31T23:59:59Z',
    '2400-01-01T00:00:00Z',
  ].map((createdAt) => ({
    name: `the time of creation ${createdAt}`,
    manifest: (manifest: JsonObject) => {
      manifest.createdAt = createdAt;
      manifest.completedAt = '9999-01-01T00:00:00Z';
    },
  })),
];

const ofKeys: readonly Rule[] = [
  ...[
    'completedAt',
    'encryption',
    'features',
    'components',
    'sourceBytes',
    'entries',
    'members',
    'archiveKey',
  ].map((key) => ({
    name: `no ${key}`,
    manifest: (manifest: JsonObject) => {
      delete manifest[key];
    },
  })),
  { name: 'completed before it was begun', manifest: put({ completedAt: '2026-11-19T03:00:00Z' }) },
  { name: 'a mode that nobody knows', manifest: put({ encryption: { mode: 'none' } }) },
  { name: 'mode key without a key id', manifest: put({ encryption: { mode: 'key' } }) },
  {
    name: 'mode passphrase with a key id',
    manifest: put({ encryption: { mode: 'passphrase', keyId: KEY_ID } }),
  },
  {
    name: 'mode hsm with key.age',
    manifest: put({ encryption: { mode: 'hsm', keyId: KEY_ID } }),
  },
  {
    name: 'mode key with key.kms',
    parts: (parts) => parts.map((part) => (part.name === 'key.age' ? { ...part, name: 'key.kms' } : part)),
  },
  { name: 'a feature', code: UNSUPPORTED, manifest: put({ features: ['bases'] }) },
  {
    name: 'a feature called __proto__',
    code: UNSUPPORTED,
    manifest: put({ features: ['__proto__'] }),
  },
  { name: 'an empty feature', code: UNSUPPORTED, manifest: put({ features: [''] }) },
  { name: '65 features', manifest: put({ features: Array<Json>(65).fill('x') }) },
  { name: 'features that are an object', manifest: put({ features: { length: 1 } }) },
  { name: 'a total of bytes that is not the sum', manifest: put({ sourceBytes: 1 }) },
  { name: 'a total of entries that is not the sum', manifest: put({ entries: 1 }) },
];

const ofComponents: readonly Rule[] = [
  ...['A', '..', '.', 'a/b', '', ' ', '-a', '_a', 'a.b', 'ä', 'a\n', 'a\0', '\u001b[2J', 'x'.repeat(64)].map(
    (id) => ({
      name: `a component called ${JSON.stringify(id)}`,
      manifest: (manifest: JsonObject) => {
        manifest.components = {
          ...objectAt(manifest.components),
          [id]: { ...summary(manifest), sourceBytes: 0, entries: 0 },
        };
      },
    }),
  ),
  {
    name: '501 components',
    manifest: (m) => {
      const none = { ...summary(m), sourceBytes: 0, entries: 0 };
      const more = Object.fromEntries(Array.from({ length: 499 }, (_, index) => [`c${index}`, none]));
      m.components = { ...objectAt(m.components), ...more };
    },
  },
  {
    name: 'components that say more than 16 million characters',
    manifest: putSummary({ details: { text: 'x'.repeat(16 * 1024 * 1024) } }),
    known: true,
  },
  { name: 'components that are a list', manifest: put({ components: [] }) },
  {
    name: 'a component that is null',
    manifest: (m: JsonObject) => put({ components: { ...objectAt(m.components), x: null } })(m),
  },
  { name: 'a kind in capitals', manifest: putSummary({ kind: 'Directory' }) },
  { name: 'a kind with a slash', manifest: putSummary({ kind: '../../kind' }) },
  { name: 'a layout that nobody knows', manifest: putSummary({ layout: 'cpio' }) },
  {
    name: 'layout tar with a stream',
    manifest: (m: JsonObject) => put({ components: withStream(m, 'files', 'x.dump') })(m),
  },
  { name: 'layout stream without one', manifest: dropKey((m) => summary(m, 'database'), 'stream') },
  ...['tar', '..', '../x', 'a/b', '.hidden', '', 'A', 'x'.repeat(42), 'a\n'].map((stream) => ({
    name: `a stream called ${JSON.stringify(stream)}`,
    manifest: putSummary({ stream }, 'database'),
  })),
  { name: 'an outcome that nobody knows', manifest: putSummary({ outcome: 'perfect' }) },
  {
    name: 'more skipped than counted',
    manifest: putSummary({ skipped: [{ path: 'x', reason: 'y' }] }),
  },
  {
    name: '101 skipped',
    manifest: (m) => {
      summary(m).skippedCount = 101;
      summary(m).skipped = Array.from({ length: 101 }, () => ({ path: 'x', reason: 'y' }));
    },
  },
  {
    name: 'a skipped path too long',
    manifest: (m) => {
      summary(m).skippedCount = 1;
      summary(m).skipped = [{ path: 'x'.repeat(8_193), reason: 'y' }];
    },
  },
  {
    name: 'a reason too long',
    manifest: (m) => {
      summary(m).skippedCount = 1;
      summary(m).skipped = [{ path: 'x', reason: 'y'.repeat(1_025) }];
    },
  },
  { name: 'details that are a list', manifest: putSummary({ details: [] }) },
  { name: 'details that are null', manifest: putSummary({ details: null }) },
];

const withStream = (manifest: JsonObject, id: string, stream: string): JsonObject => {
  const { kind = null, layout = null, ...rest } = summary(manifest, id);
  return { ...objectAt(manifest.components), [id]: { kind, layout, stream, ...rest } };
};

export const manifestRules: readonly Shape[] = [...ofHead, ...ofKeys, ...ofComponents].map((rule) =>
  shapeOf({ ...rule, name: `a manifest with ${rule.name}` }),
);
