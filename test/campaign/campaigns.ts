/** All campaigns of `npm run campaign`, one line each. */

import { campaign as faultyBuckets } from '../adapters/aws/campaigns/faulty-buckets-campaign.ts';
import { campaign as faultyTables } from '../adapters/aws/campaigns/faulty-tables-campaign.ts';
import { campaign as faultyCaptures } from '../archive/faulty/faulty-captures-campaign.ts';
import { campaign as faultyRestores } from '../archive/faulty/faulty-restores-campaign.ts';
import { campaign as kills } from '../cases/crash/kills/kill-campaign.ts';
import { campaign as starvedHosts } from '../cases/crash/starving/starved-campaign.ts';
import { campaign as corpus } from '../hostile/corpus/corpus-campaign.ts';
import { campaign as costly } from '../hostile/corpus/costly-campaign.ts';
import { campaign as archives } from '../hostile/fuzz/archive-campaign.ts';
import { campaign as databases } from '../hostile/fuzz/database-campaign.ts';
import { campaign as flips } from '../hostile/fuzz/flip-campaign.ts';
import { campaign as keyFiles } from '../hostile/fuzz/key-file-campaign.ts';
import { campaign as uploads } from '../hostile/fuzz/upload-campaign.ts';
import type { Campaign } from './campaign.ts';

export const campaigns: readonly Campaign[] = [
  archives,
  keyFiles,
  flips,
  uploads,
  databases,
  corpus,
  costly,
  kills,
  starvedHosts,
  faultyCaptures,
  faultyRestores,
  faultyBuckets,
  faultyTables,
];
