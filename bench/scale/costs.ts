/** What a backup costs on AWS, from its sizes and the prices. */
import { functionTable } from '../../lib/infra/functions/function-table.ts';
import { type Case, sizesOf } from './cases.ts';
import { prices, rates } from './rates.ts';

interface Costs {
  readonly compute: number;
  readonly requests: number;
  /** Tables are exported, or else scanned. */
  readonly reading: { readonly export: number; readonly scan: number };
  readonly workflow: number;
  readonly logs: number;
  /** Pieces are stored beside the archive for a day. */
  readonly staging: number;
  readonly archiveMonth: number;
}

export const costsOf = (each: Case): Costs => {
  const { kind, objects, sourceBytes } = each;
  const sizes = sizesOf(each);
  const seconds = sizes.functionSeconds + sizes.readSeconds + sizes.planSeconds;
  const gbSeconds =
    (seconds * functionTable.capture.memoryMb + sizes.sealSeconds * functionTable['seal-archive'].memoryMb) /
    1024;
  const isTable = kind === 'table';
  return {
    compute: gbSeconds * prices.gbSecond + sizes.calls * prices.invocation,
    // Each object is read, with its tags; each segment is put, copied and read back, and noted in the catalog.
    requests:
      (isTable ? 0 : objects * 2 * prices.s3Get + (objects / 1000) * 2 * prices.s3Put) +
      sizes.segments * (2 * prices.s3Put + prices.s3Get) +
      sizes.checkpoints * 2 * (rates.checkpointBytes / 1000) * prices.dynamoWrite,
    reading: {
      export: isTable ? (sourceBytes / 1e9) * prices.exportGb : 0,
      scan: isTable ? (sourceBytes / 4096) * prices.dynamoRead : 0,
    },
    workflow: sizes.calls * 4 * prices.stateTransition,
    logs: ((sizes.calls * rates.logBytesPerCall) / 1e9) * prices.logGb,
    staging: ((sizes.archiveBytes / 1e9) * prices.storageGbMonth) / 30,
    archiveMonth: (sizes.archiveBytes / 1e9) * prices.storageGbMonth,
  };
};
