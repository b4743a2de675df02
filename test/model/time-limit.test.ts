/** Time limits on a machine that stands still, simulated by a stopped process. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { afterRunning, timeLimit } from '../../lib/model/time-limit.ts';

describe('a time limit', () => {
  let child: ChildProcess | undefined;
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  test('is not used up while the machine stands still: what has come by then is read first', async () => {
    child = fork(new URL('standing-still.ts', import.meta.url), { execArgv: [] });
    const heard: unknown[] = [];
    child.on('message', (message) => heard.push(message));
    while (!heard.includes('begun')) await once(child, 'message');
    child.kill('SIGSTOP');
    child.send('an answer');
    await pause(3_000);
    child.kill('SIGCONT');
    while (!heard.includes('limit')) await once(child, 'message');
    // An ordinary timer of the same length may fire before or after the answer, depending on where the
    // process was stopped.
    expect(heard.filter((word) => word !== 'timer')).toEqual(['begun', 'an answer', 'limit']);
    expect(heard.indexOf('timer')).toBeLessThan(heard.indexOf('limit'));
  });

  test('aborts as an ordinary one does', async () => {
    const signal = timeLimit(20);
    await once(signal, 'abort');
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
    expect(signal.reason.message).toBe((await reasonOf(AbortSignal.timeout(1))).message);
  });

  test('that is ended calls nothing', async () => {
    const called: string[] = [];
    const stop = afterRunning(20, () => called.push('ended'));
    stop();
    await new Promise<void>((resolve) => afterRunning(60, resolve));
    expect(called).toEqual([]);
  });
});

const reasonOf = async (signal: AbortSignal): Promise<Error> => {
  await once(signal, 'abort');
  return signal.reason;
};
