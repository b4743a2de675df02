import { describe, expect, test } from '@jest/globals';
import { Milestones } from '../../../lib/cli/waiting/milestones.ts';
import { runningOf } from '../../../lib/cli/waiting/running.ts';
import { backupRecord, component, finished, progressAt } from '../waiting/scripted-runs.ts';

const at = (step: string, fields: object = {}) =>
  runningOf(backupRecord({ progress: progressAt(step), ...fields }));

const ALL = [
  'acquire-lock',
  'plan-backup',
  'capture',
  'capture notes: 1,234 entries, 5.60 MB',
  'capture database: 1 entry, 34.0 MB',
  'seal-archive',
  'verify-archive',
  'complete-backup',
  'done',
];

describe('the steps of a run, told line by line [U8]', () => {
  test('a run that was over at the first look is told whole', () => {
    expect(new Milestones('backup').reached(runningOf(finished('SUCCESS')))).toEqual(ALL);
  });

  test('each step and each component is told once, components as they finish', () => {
    const milestones = new Milestones('backup');
    expect(milestones.reached(at('accepted'))).toEqual([]);
    expect(milestones.reached(at('plan-backup'))).toEqual(['acquire-lock', 'plan-backup']);
    const running = {
      notes: component('IN_PROGRESS'),
      database: component('SUCCESS', { entries: 1, sourceBytes: 9 }),
    };
    expect(milestones.reached(at('capture', { components: running }))).toEqual([
      'capture',
      'capture database: 1 entry, 9 B',
    ]);
    expect(milestones.reached(at('capture', { components: running }))).toEqual([]);
    expect(milestones.reached(runningOf(finished('SUCCESS')))).toEqual([
      'capture notes: 1,234 entries, 5.60 MB',
      'seal-archive',
      'verify-archive',
      'complete-backup',
      'done',
    ]);
  });

  test('a failed run tells the steps it reached, and no more', () => {
    const failed = backupRecord({
      state: 'FAILED',
      progress: progressAt('capture'),
      components: { notes: component('FAILED', { shortError: 'the disk\nis gone' }) },
    });
    expect(new Milestones('backup').reached(runningOf(failed))).toEqual([
      'acquire-lock',
      'plan-backup',
      'capture',
      'capture notes: FAILED, the disk\\nis gone',
      'failed',
    ]);
  });

  test('a step of a newer server is told under its own name', () => {
    const milestones = new Milestones('backup');
    expect(milestones.reached(at('replicate-archive'))).toEqual(['replicate-archive']);
    expect(milestones.reached(at('replicate-archive'))).toEqual([]);
  });

  test('a dry run tells no step of a restore: it ends with the plan [B7]', () => {
    const planned = finished('SUCCESS', {
      progress: progressAt('open-archive'),
      components: { notes: component('PENDING') },
    });
    expect(new Milestones('dry-run').reached(runningOf(planned))).toEqual([
      'acquire-lock',
      'open-archive',
      'done',
    ]);
  });

  test('what was skipped is counted', () => {
    const partial = finished('PARTIAL', {
      components: { notes: component('PARTIAL', { entries: 2, sourceBytes: 9, skippedCount: 3 }) },
    });
    const lines = new Milestones('backup').reached(runningOf(partial));
    expect(lines).toContain('capture notes: 2 entries, 9 B, 3 things skipped');
    expect(lines.at(-1)).toBe('done, with entries skipped');
  });
});
