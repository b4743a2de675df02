/** The Lambda functions of lambdas/, in this process. A state machine names them as `${CaptureFunctionArn}`. */
import { handler as acquireLock } from '../../../../lambdas/acquire-lock.ts';
import { handler as capture } from '../../../../lambdas/capture.ts';
import { handler as completeBackup } from '../../../../lambdas/complete-backup.ts';
import { handler as completeImport } from '../../../../lambdas/complete-import.ts';
import { handler as completeReseal } from '../../../../lambdas/complete-reseal.ts';
import { handler as completeRestore } from '../../../../lambdas/complete-restore.ts';
import { handler as completeVerify } from '../../../../lambdas/complete-verify.ts';
import { handler as failOperation } from '../../../../lambdas/fail-operation.ts';
import { handler as importArchive } from '../../../../lambdas/import-archive.ts';
import { handler as notify } from '../../../../lambdas/notify.ts';
import { handler as openArchive } from '../../../../lambdas/open-archive.ts';
import { handler as planBackup } from '../../../../lambdas/plan-backup.ts';
import { handler as resealArchive } from '../../../../lambdas/reseal-archive.ts';
import { handler as restoreComponent } from '../../../../lambdas/restore-component.ts';
import { handler as sealArchive } from '../../../../lambdas/seal-archive.ts';
import { handler as verifyArchive } from '../../../../lambdas/verify-archive.ts';
import { handler as verifyBackup } from '../../../../lambdas/verify-backup.ts';
import { handler as verifyResealed } from '../../../../lambdas/verify-resealed.ts';
import { handler as verifyUpload } from '../../../../lambdas/verify-upload.ts';
import type { Host } from '../../../ports/host.ts';
import { type HostedContext, localContext } from '../../lambda/invocation.ts';
import type { InvokeTask } from './local-workflow-engine.ts';

type TaskFunction = (event: unknown, context: HostedContext) => Promise<unknown>;

const functions: Readonly<Record<string, TaskFunction>> = {
  AcquireLock: acquireLock,
  Capture: capture,
  CompleteBackup: completeBackup,
  CompleteImport: completeImport,
  CompleteReseal: completeReseal,
  CompleteRestore: completeRestore,
  CompleteVerify: completeVerify,
  FailOperation: failOperation,
  ImportArchive: importArchive,
  Notify: notify,
  OpenArchive: openArchive,
  PlanBackup: planBackup,
  ResealArchive: resealArchive,
  RestoreComponent: restoreComponent,
  SealArchive: sealArchive,
  VerifyArchive: verifyArchive,
  VerifyBackup: verifyBackup,
  VerifyResealed: verifyResealed,
  VerifyUpload: verifyUpload,
};

/** Calls the function a Task's Resource names, with the host in its context. */
export const invokeFunctions =
  (host: () => Host): InvokeTask =>
  (resource, payload, { operationId, signal, deadline }) => {
    const [, name = ''] = /^\$\{(\w+)FunctionArn\}$/.exec(resource) ?? [];
    const invoked = functions[name];
    if (invoked === undefined)
      throw new Error(`a state machine names ${resource}, and there is no such function`);
    return invoked(
      payload,
      localContext({ host: host(), functionName: name, requestId: operationId, signal, deadline }),
    );
  };
