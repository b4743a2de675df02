/** What Holdfast may do with a table that it backs up or restores to. */
import { type AwsRight, type AwsRights, onKey, onResources } from '../aws-rights.ts';

export interface TableOnAws {
  readonly tableArn: string;
  /** Its customer-managed key. */
  readonly keyArn?: string | undefined;
}

const LOOK = [
  'dynamodb:DescribeTable',
  'dynamodb:DescribeTimeToLive',
  'dynamodb:DescribeContinuousBackups',
  'dynamodb:ListTagsOfResource',
];
/** The same actions as in CDK's own `grantReadData` and `grantWriteData` of a table. */
const READ_ITEMS = ['kms:Decrypt', 'kms:DescribeKey'];
const WRITE_ITEMS = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/** All rights on the table itself are in one statement: a policy has little room, and ARNs take most of it. */
export const tableRights = ({ tableArn, keyArn }: TableOnAws): AwsRights => {
  const onTable = (...actions: string[]): AwsRight => onResources([...LOOK, ...actions], tableArn);
  const readItems = onKey(keyArn, 'dynamodb', READ_ITEMS);
  return {
    look: [onTable()],
    plan: [onTable('dynamodb:ExportTableToPointInTime'), ...readItems],
    capture: [
      onTable('dynamodb:Scan'),
      onResources(['dynamodb:DescribeExport'], `${tableArn}/export/*`),
      ...readItems,
    ],
    restore: [
      onTable(
        'dynamodb:CreateTable',
        'dynamodb:UpdateTimeToLive',
        'dynamodb:TagResource',
        'dynamodb:BatchWriteItem',
        'dynamodb:PutItem',
      ),
      ...onKey(keyArn, 'dynamodb', [...READ_ITEMS, ...WRITE_ITEMS]),
    ],
  };
};
