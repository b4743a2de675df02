import { expect } from '@jest/globals';

/** Fails unless each step, by name, is refused because its operation no longer holds the lock. */
export const expectFenceLost = async (
  steps: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> => {
  for (const [name, step] of Object.entries(steps)) {
    const refused = await step().then(
      () => 'done',
      (thrown) => thrown.code,
    );
    expect([name, refused]).toEqual([name, 'fence_lost']);
  }
};
