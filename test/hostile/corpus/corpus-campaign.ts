/** The corpus as a campaign: one seed is the whole corpus, and a case's number is the number of its shape. */
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import type { Campaign, Judgement } from '../../campaign/campaign.ts';
import { peakMegabytes } from '../../campaign/peak-memory.ts';
import { newKeys } from '../writer/archive.ts';
import { corpus } from './corpus.ts';
import type { Shape } from './shape.ts';
import { madeApart, tryShape } from './try-shape.ts';

/**
 * The memory used above what the process had before, with the archive's own bytes: threads, buffers and
 * objects.
 */
const grownSince = (before: number): Pick<Judgement, 'peakMegabytes'> => {
  const peak = peakMegabytes();
  return peak === undefined ? {} : { peakMegabytes: peak - Math.round(before / 1_000_000) };
};

/** @param apart whether another process makes each archive */
export const runnerOf =
  (shapes: readonly Shape[], apart: boolean): Campaign['prepare'] =>
  async () => {
    const keys = await newKeys();
    const pool = new SegmentPool({ size: 2 });
    return {
      run: async (_random, number) => {
        const shape = shapes[number];
        if (shape === undefined) throw new RangeError(`there is no shape ${number}`);
        const bytes = apart ? madeApart(shape, keys) : await shape.make(keys);
        return {
          bends: [shape.name],
          bytes,
          judge: async () => {
            const before = process.memoryUsage.rss();
            const { outcomes, faults } = await tryShape(shape, bytes, { keys, pool });
            const refusal = Object.values(outcomes).find((said) => said !== 'ok');
            return { ended: refusal ?? 'accepted', faults, ...(apart ? grownSince(before) : {}) };
          },
        };
      },
      [Symbol.asyncDispose]: () => pool.close(),
    };
  };

export const campaign: Campaign = {
  name: 'corpus',
  tries: 'each crafted shape, but the costly ones: whether what is expected comes of it',
  module: import.meta.url,
  casesPerSeed: corpus.length,
  casesPerProcess: 200,
  share: 1,
  limits: { megabytes: 300, blockedMs: 200, seconds: 20 },
  prepare: runnerOf(corpus, false),
};
