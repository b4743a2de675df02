/**
 * Compares each mail with a stored file. `UPDATE=1` rewrites the files; read the difference before committing
 * it.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { mailFor } from '../../../lib/adapters/any/event-mail.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import type { EventRecord } from '../../../lib/model/records/event.ts';
import { operations } from '../../../lib/operations/kinds.ts';
import { tell } from '../../../lib/operations/task/tell.ts';

const FOLDER = 'test/fixtures/mails';
const backupId = 'nightly-6f9619ff-8b86-4011-b42d-00c04fc964ff';
const operationId = 'restore-6f9619ff-8b86-4011-b42d-00c04fc964fe';
const id = 'event-00000000-0000-4000-8000-000000000000';
const at = '2026-11-30T03:04:05.678Z';

const outcome = (fields: Partial<EventRecord>): EventRecord => ({
  ...{ id, installation: 'acme', at, operationId: backupId, backupId, shortError: '', by: 'token ops' },
  ...{ type: 'backup.succeeded', title: `backup of ${backupId} succeeded`, state: 'SUCCESS', domain: 'root' },
  ...{ summary: `backup ${backupId}: SUCCESS\ntook: 61.2 s\narchive: ${backupId}.tar, 3100000 bytes` },
  ...{ nextSteps: operations.backup.nextSteps.succeeded({ backupId, operationId: backupId }) },
  ...fields,
});
const other = (told: Parameters<typeof tell>[1]): EventRecord => {
  const change = tell(
    { config: configSchema.parse({ installation: 'acme' }), clock: { now: () => new Date(at) } },
    told,
  );
  if (!('put' in change) || change.put !== 'event') throw new Error('no event');
  return { ...change.record, id };
};

const mails: Readonly<Record<string, EventRecord>> = {
  'backup-succeeded': outcome({ scheduleId: 'nightly' }),
  'backup-failed': outcome({
    ...{ type: 'backup.failed', state: 'FAILED', title: `backup of ${backupId} FAILED` },
    shortError: 'component database: the server <db> refused the password & hung up',
    summary: `backup ${backupId}: FAILED\nwhy: the server <db> refused the password & hung up`,
    nextSteps: operations.backup.nextSteps.failed({ backupId, operationId: backupId }),
  }),
  'backup-partial': outcome({
    ...{ type: 'backup.partial', state: 'PARTIAL', title: `backup of ${backupId} is PARTIAL` },
    summary:
      'component files (directory): PARTIAL\n  skipped or changed while read: 1\n    "Grüße.txt": changed',
    nextSteps: operations.backup.nextSteps.partial({ backupId, operationId: backupId }),
  }),
  'restore-succeeded': outcome({
    ...{ type: 'restore.succeeded', title: `restore of ${backupId} succeeded`, operationId },
    nextSteps: operations.restore.nextSteps.succeeded({ backupId, operationId }),
  }),
  'key-exported': other({
    type: 'key.exported',
    title: 'the backup key key-1 was downloaded',
    by: 'token ops',
    nextSteps: [
      'If that was not meant, make another key, and seal the archives to it:',
      '  holdfast key create --default',
    ],
  }),
};

describe.each(Object.entries(mails))('the mail %s [K5] [O5]', (name, event) => {
  const mail = mailFor(event, 'https://backups.example.com');

  test.each([
    ['txt', `Subject: ${mail.subject}\n\n${mail.text}`],
    ['html', mail.html],
  ])('is as it was, as %s', (extension, now) => {
    const file = `${FOLDER}/${name}.${extension}`;
    if (process.env.UPDATE === '1') {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, now);
    }
    expect(now).toBe(readFileSync(file, 'utf8'));
  });

  test('fetches nothing, runs nothing, and takes no text for markup', () => {
    expect(mail.html).not.toMatch(/<(img|script|link|style|iframe)|url\(|src=|<db>/);
    expect(mail.html.match(/https?:/g)).toEqual(['https:']);
  });
});

test('every kept mail is one of these', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(
    Object.keys(mails)
      .flatMap((name) => [`${name}.html`, `${name}.txt`])
      .sort(),
  );
});
