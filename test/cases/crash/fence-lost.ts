import { expect } from '@jest/globals';

/** Each step, by its name, is refused since its operation no longer holds the lock. */
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
