/** A campaign whose cases fail in different ways, all of which the watching process must notice. */
import type { Campaign, Judgement } from './campaign.ts';

/** Uses processor time: with elapsed time, a busy machine would do the waiting. */
const spin = (milliseconds: number): void => {
  const begun = process.threadCpuUsage();
  for (let spent = 0; spent < milliseconds; ) {
    for (let count = 0; count < 1_000_000; count += 1) spent += 0;
    const { user, system } = process.threadCpuUsage(begun);
    spent = (user + system) / 1_000;
  }
};

const fine: Judgement = { ended: 'fine', faults: [] };
const kept: Buffer[] = [];
const hunger = (megabytes: number): void => {
  for (let taken = 0; taken < megabytes; taken += 10) kept.push(Buffer.alloc(10_000_000, 1));
};
const again = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const cases: readonly (() => Judgement | Promise<Judgement>)[] = [
  () => fine,
  () => ({ ended: 'faulty', faults: ['it said so'] }),
  () => {
    throw new TypeError('nobody foresaw this');
  },
  () => process.exit(7),
  () => {
    for (;;);
  },
  () => new Promise(() => setInterval(() => undefined, 1_000)),
  async () => {
    await again();
    spin(600);
    await again();
    return fine;
  },
  () => {
    hunger(300);
    return fine;
  },
  async () => {
    for (;;) {
      hunger(100);
      await again();
    }
  },
  () => fine,
];

export const campaign: Campaign = {
  name: 'faulty',
  tries: 'what the watch must see',
  module: import.meta.url,
  casesPerSeed: cases.length,
  share: 1,
  limits: { megabytes: 200, blockedMs: 400, seconds: 2, waitSeconds: 20 },
  prepare: async () => ({
    run: async (_random, number) => ({
      bends: [],
      judge: async () => (await cases[number]?.()) ?? fine,
    }),
    [Symbol.asyncDispose]: async () => undefined,
  }),
};
