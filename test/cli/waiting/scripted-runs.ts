/** Records of operations for the scripted server. */
export const BACKUP_ID = 'nightly-6f9619ff-8b86-4011-b42d-00c04fc964ff';

export const backupRecord = (fields: object = {}): Record<string, unknown> => ({
  id: BACKUP_ID,
  label: 'nightly',
  description: '',
  scope: 'system',
  domain: 'root',
  state: 'IN_PROGRESS',
  shortError: '',
  createdBy: 'administrator',
  createdAt: '2026-11-20T10:00:00.000Z',
  completedAt: null,
  encryption: { mode: 'key', keyId: 'default-6f9619ff-8b86-4011-b42d-00c04fc964fe' },
  fileName: `${BACKUP_ID}.tar`,
  logFileName: '',
  backupPath: '/srv/archives',
  components: { notes: component('PENDING'), database: component('PENDING') },
  sourceBytes: 0,
  archiveBytes: 0,
  entries: 0,
  sha256: '',
  progress: progressAt('accepted'),
  restores: [],
  verifiedAt: null,
  ...fields,
});

export const component = (state: string, fields: object = {}): Record<string, unknown> => ({
  kind: 'directory',
  state,
  capturedAt: null,
  sourceBytes: 0,
  entries: 0,
  skippedCount: 0,
  skipped: [],
  shortError: '',
  ...fields,
});

export const progressAt = (step: string, fields: object = {}): Record<string, unknown> => ({
  step,
  sourceBytes: 0,
  entries: 0,
  expectedBytes: null,
  updatedAt: '2026-11-20T10:00:00.000Z',
  ...fields,
});

export const finished = (state: string, fields: object = {}): Record<string, unknown> =>
  backupRecord({
    state,
    completedAt: '2026-11-20T10:00:02.500Z',
    components: {
      notes: component('SUCCESS', { entries: 1234, sourceBytes: 5_600_000 }),
      database: component('SUCCESS', { kind: 'postgres', entries: 1, sourceBytes: 34_000_000 }),
    },
    sourceBytes: 39_600_000,
    archiveBytes: 9_900_000,
    entries: 1235,
    sha256: 'a'.repeat(64),
    progress: progressAt('complete-backup', { sourceBytes: 39_600_000, entries: 1235 }),
    verifiedAt: '2026-11-20T10:00:02.400Z',
    ...fields,
  });
