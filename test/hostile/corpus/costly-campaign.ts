/** Shapes of the corpus that cost far more to read than to make, each in a separate process. */
import type { Campaign } from '../../campaign/campaign.ts';
import { costly } from './corpus.ts';
import { runnerOf } from './corpus-campaign.ts';

export const campaign: Campaign = {
  name: 'costly shapes',
  tries: 'each crafted shape that costs far more to read than to make',
  module: import.meta.url,
  casesPerSeed: costly.length,
  casesPerProcess: 1,
  share: 1,
  limits: { megabytes: 300, blockedMs: 200, seconds: 60 },
  prepare: runnerOf(costly, true),
};
