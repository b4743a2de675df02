/** Imports archives into a stepwise host as a client uploads them, without a server. */
import type { ImportRecord } from '../../../lib/model/records/transfer.ts';
import { completeOperation } from '../../../lib/operations/engine/complete-operation.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { createUpload } from '../../../lib/operations/transfer/create-upload.ts';
import { importArchive } from '../../../lib/operations/transfer/import-archive.ts';
import { requestImport } from '../../../lib/operations/transfer/request-import.ts';
import { putPart } from '../../../lib/operations/transfer/upload-parts.ts';
import { principal, type StepwiseHost } from '../stepwise-host.ts';
import { verifyUploaded } from '../verify/read-back.ts';

/** Creates an upload that has all its bytes, in one part; returns its id. */
export const staged = async (host: OperatingHost, bytes: Uint8Array): Promise<string> => {
  const { id } = await createUpload(host, principal, { bytes: bytes.length });
  await putPart(host, id, 1, [bytes]);
  return id;
};

/** Imports an archive, from its upload to its end. */
export const imported = async (here: StepwiseHost, bytes: Uint8Array): Promise<ImportRecord> => {
  const record = await requestImport(here.host, principal, await staged(here.host, bytes));
  const hold = await here.hold();
  await verifyUploaded(here.context(), hold);
  await importArchive(here.context(), hold);
  await completeOperation(here.context(), hold);
  here.workflow.executions.set(record.id, 'SUCCEEDED');
  return record;
};
