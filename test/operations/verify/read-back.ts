/**
 * Verifies an archive as the state machines do: plans a pass, and calls each of its tasks until it is done.
 */
import { sealedPass } from '../../../lib/operations/backup/sealed-pass.ts';
import { resealedPass, trustedPass } from '../../../lib/operations/reseal/reseal-passes.ts';
import type { TaskContext } from '../../../lib/operations/task/task-context.ts';
import { uploadedPass } from '../../../lib/operations/transfer/import-archive.ts';
import { requestedPass } from '../../../lib/operations/verify/verify-backup.ts';
import { type Pass, planPass, verifyRange } from '../../../lib/operations/verify/verify-pass.ts';
import type { Hold } from '../../../lib/ports/catalog/catalog.ts';

/** The number of calls. */
export const readBack = async (context: TaskContext, hold: Hold, pass: Pass): Promise<number> => {
  const { tasks } = await planPass(context, hold, pass);
  let calls = 0;
  for (const task of tasks)
    for (let done = false; !done; calls += 1) ({ done } = await verifyRange(context, hold, pass, task));
  return calls;
};

type Step = (context: TaskContext, hold: Hold) => Promise<number>;
const step =
  (pass: Pass): Step =>
  (context, hold) =>
    readBack(context, hold, pass);

export const verifySealed = step(sealedPass);
export const verifyRequested = step(requestedPass);
export const verifyTrusted = step(trustedPass);
export const verifyResealed = step(resealedPass);
export const verifyUploaded = step(uploadedPass);
