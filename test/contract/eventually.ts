import { setTimeout as pause } from 'node:timers/promises';
import { deadlineIn } from '../deadline.ts';

/** Asks repeatedly until the answer has arrived; after the deadline, fails with the last answer. */
export const eventually = async <T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  deadlineMilliseconds = 10_000,
): Promise<T> => {
  const deadline = deadlineIn(deadlineMilliseconds);
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (deadline.isOver) throw new Error(`still not so after ${deadlineMilliseconds} ms: ${what}`);
    await pause(5);
  }
};
