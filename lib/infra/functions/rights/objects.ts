/** Turns what the row of a function says of objects into rights on the store's bucket and on the places beside it. */
import { bucketPrefixes } from '../../../model/aws-environment.ts';
import type { Place } from '../../store/backup-places.ts';
import { viaService } from '../../store/component.ts';
import type { IHoldfastStore } from '../../store/holdfast-store.ts';
import type { InstallationFunction } from '../installation-function.ts';
import type { ObjectRight } from '../rows/function-row.ts';

/** @param places the places that a request may name in `backupPath` */
export const grantObjects = (
  granted: InstallationFunction,
  objects: readonly ObjectRight[],
  { store, places }: { readonly store: IHoldfastStore; readonly places: readonly Place[] },
): void => {
  const bucket = store.bucket.bucketArn;
  const staging = `${bucket}/${bucketPrefixes.staging}*`;
  const uploads = `${bucket}/${bucketPrefixes.uploads}*`;
  const own: Place = { bucketArn: bucket, prefix: bucketPrefixes.archives };
  const archives = [own, ...places].map(({ bucketArn, prefix }) => `${bucketArn}/${prefix}*`);
  const grants: Readonly<Record<ObjectRight, () => void>> = {
    'open uploads': () => granted.allow(['s3:PutObject'], [uploads]),
    'put pieces': () => {
      granted.allow(['s3:PutObject'], [staging]);
      granted.allow(['s3:GetObject'], [uploads]);
    },
    'read pieces': () => granted.allow(['s3:GetObject'], [staging]),
    'read archives': () => granted.allow(['s3:GetObject'], archives),
    // If there are more pieces than one upload takes, they are joined in staging first.
    'join archives': () => {
      granted.allow(['s3:PutObject'], [...archives, staging, uploads]);
      // A call goes on with what an earlier one has sent: S3 says which parts those are.
      granted.allow(['s3:ListMultipartUploadParts'], [...archives, staging]);
    },
    'remove archives': () => granted.allow(['s3:DeleteObject'], archives),
    // A noted upload is ended when everything is removed.
    'clear pieces': () => {
      granted.allow(['s3:GetObject', 's3:DeleteObject'], [staging, uploads]);
      granted.allow(['s3:AbortMultipartUpload'], [...archives, staging]);
    },
  };
  for (const right of objects) grants[right]();

  for (const { encryptionKey } of places) {
    if (objects.includes('read archives')) granted.may(...viaService(encryptionKey, 's3', ['kms:Decrypt']));
    if (objects.includes('join archives'))
      granted.may(...viaService(encryptionKey, 's3', ['kms:GenerateDataKey']));
  }

  // Without the right to list, S3 answers 403 instead of 404 for a missing object; also when the right is limited to
  // prefixes, since a HEAD has none.
  if (objects.includes('read archives') || objects.includes('clear pieces'))
    granted.allow(['s3:ListBucket'], [...new Set([own, ...places].map(({ bucketArn }) => bucketArn))]);
};
