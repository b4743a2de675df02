/** Tables that are captured and restored while any call of DynamoDB fails as it documents, and while they change. */
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
