/** How choices on the page become requests, and how two backups differ. */
import { expect, test } from '@jest/globals';
import type { Entry } from '../../../lib/console/api/calls.ts';
import { differences } from '../../../lib/console/screens/compare/differences.ts';
import {
  inPlaceOf,
  placeless,
  requestOf,
  suggestedPlace,
} from '../../../lib/console/screens/restore-wizard/request.ts';

const choice = {
  components: ['files', 'database'],
  where: {
    files: { way: 'beside', place: ' /srv/beside ' },
    database: { way: 'own', place: '/never/sent' },
    forgotten: { way: 'own', place: '' },
  },
  existing: 'skip',
  passphrase: '',
} as const;

test('a restore names targets for what goes beside, and says "in place" only for what does not [U10]', () => {
  expect(requestOf(choice)).toEqual({
    components: ['files', 'database'],
    targets: { files: '/srv/beside' },
    inPlace: true,
    existing: 'skip',
  });
  expect(inPlaceOf(choice)).toEqual(['database']);
  const beside = { ...choice, components: ['files'] };
  expect(requestOf(beside)).toMatchObject({ components: ['files'], inPlace: false });
  expect(requestOf({ ...beside, passphrase: 'some words' })).toMatchObject({ passphrase: 'some words' });
});

test('a component without a place is named, and a folder is given one beside the original [U10]', () => {
  const emptied = { ...choice.where, files: { way: 'beside', place: '  ' } } as const;
  expect(placeless({ ...choice, where: emptied })).toEqual(['files']);
  expect(placeless(choice)).toEqual([]);
  expect(suggestedPlace('directory', '/srv/files/', '2026-11-20')).toBe('/srv/files-restored-2026-11-20');
  expect(suggestedPlace('postgres', 'a database', '2026-11-20')).toBe('');
  expect(suggestedPlace('directory', undefined, '2026-11-20')).toBe('');
});

const entry = (path: string, fields: object = {}): Entry =>
  ({ component: 'files', path, type: 'file', size: 1, sha256: 'a', ...fields }) as unknown as Entry;

test('two backups: what was added, removed and changed, by path, and nothing of what is alike [U10]', () => {
  const before = [
    entry('alike'),
    entry('gone'),
    entry('other', { sha256: 'a' }),
    entry('rights', { mode: 0o644 }),
  ];
  const after = [
    entry('alike'),
    entry('new'),
    entry('other', { sha256: 'b' }),
    entry('rights', { mode: 0o600 }),
    entry('alike', { component: 'elsewhere' }),
  ];
  const found = differences(before, after).map(({ is, entry: { path }, of }) => [is, path, ...of]);
  expect(found).toEqual([
    ['added', 'alike'],
    ['removed', 'gone'],
    ['added', 'new'],
    ['changed', 'other', 'content'],
    ['changed', 'rights', 'mode'],
  ]);
  expect(differences(before, before)).toEqual([]);
});
