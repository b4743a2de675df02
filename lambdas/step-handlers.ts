/** Every function that is a step of a workflow, by its name in definitions: `${CaptureFunctionArn}`. */
import { handler as acquireLock } from './steps/acquire-lock.ts';
import { handler as capture } from './steps/capture.ts';
import { handler as completeBackup } from './steps/complete-backup.ts';
import { handler as completeImport } from './steps/complete-import.ts';
import { handler as completeReseal } from './steps/complete-reseal.ts';
import { handler as completeRestore } from './steps/complete-restore.ts';
import { handler as completeVerify } from './steps/complete-verify.ts';
import { handler as failOperation } from './steps/fail-operation.ts';
import { handler as importArchive } from './steps/import-archive.ts';
import { handler as notify } from './steps/notify.ts';
import { handler as openArchive } from './steps/open-archive.ts';
import { handler as planBackup } from './steps/plan-backup.ts';
import { handler as resealArchive } from './steps/reseal-archive.ts';
import { handler as restoreComponent } from './steps/restore-component.ts';
import { handler as sealArchive } from './steps/seal-archive.ts';
import { handler as verifyArchive } from './steps/verify-archive.ts';
import { handler as verifyBackup } from './steps/verify-backup.ts';
import { handler as verifyResealed } from './steps/verify-resealed.ts';
import { handler as verifyUpload } from './steps/verify-upload.ts';

export const stepHandlers = {
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
} as const;
