/**
 * Backs up and restores buckets while any S3 call fails in a documented way, and while the buckets change.
 */
import { startStubbedBuckets } from '../buckets/stubbed-bucket.ts';
import { BucketRun } from './bucket-run.ts';
import { stubCampaign } from './stub-campaign.ts';

export const campaign = stubCampaign({
  name: 'faulty buckets',
  tries: 'random buckets, captured and restored while any call of S3 fails, and the bucket changes',
  module: import.meta.url,
  start: startStubbedBuckets,
  run: (random, stub, name) => new BucketRun(random, stub, name),
});
