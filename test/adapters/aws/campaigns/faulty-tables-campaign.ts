/**
 * Backs up and restores tables while any DynamoDB call fails in a documented way, and while the tables
 * change.
 */
import { startStubbedTables } from '../tables/stubbed-table.ts';
import { stubCampaign } from './stub-campaign.ts';
import { TableRun } from './table-run.ts';

export const campaign = stubCampaign({
  name: 'faulty tables',
  tries: 'random tables, captured by scan or export and restored while any call of DynamoDB fails',
  module: import.meta.url,
  start: startStubbedTables,
  run: (random, stub, name) => new TableRun(random, stub, name),
});
