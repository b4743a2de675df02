/**
 * Does `work` for each item as it comes, at most `atOnce` at a time. Stops at the first failure, once all started work
 * has ended.
 */
export const eachAtOnce = async <T>(
  items: AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const iterator = items[Symbol.asyncIterator]();
  let failed = false;
  const worker = async (): Promise<void> => {
    try {
      while (!failed) {
        const next = await iterator.next();
        if (next.done === true) return;
        await work(next.value);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  await iterator.return?.();
  for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason;
};
