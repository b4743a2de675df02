/**
 * Changes to the synthesized assembly before it is deployed to MiniStack, each with its reason. The tests in
 * test/infra check the original templates.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/**
 * Condition keys that MiniStack 1.5.33 never sets, so that any statement with them denies every request: its
 * core/ (iam_evaluator.py, iam_actions.py) does not contain these names.
 */
const UNKNOWN_CONDITION_KEYS = /^(?:kms:EncryptionContext:\w+|ses:FromAddress|events:source)$/;

/**
 * The bootstrap bucket also refuses http, so its publishing role fails ("exists, but we dont have access to
 * it"). The caller's own credentials deploy instead.
 */
const BOOTSTRAP_ROLES = new Set([
  'assumeRoleArn',
  'assumeRoleExternalId',
  'cloudFormationExecutionRoleArn',
  'lookupRole',
]);

/**
 * Actions that MiniStack 1.5.33 checks against "*" although the request names a resource: DynamoDB actions
 * that name their table by an ARN (core/iam_actions.py, dynamodb_resource_arns reads only TableName), and
 * SendEmail, whose resource is the sender's identity. For schedules it always checks the group `default`.
 */
const CHECKED_UNNAMED = [
  'dynamodb:ListTagsOfResource',
  'dynamodb:TagResource',
  'dynamodb:ExportTableToPointInTime',
  'dynamodb:DescribeExport',
  'ses:SendEmail',
  'scheduler:CreateSchedule',
  'scheduler:DeleteSchedule',
];

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export const fitForMinistack = async (assembly: string): Promise<void> => {
  for (const name of await readdir(assembly)) {
    const change = name.endsWith('.template.json')
      ? withoutConditions
      : /^manifest\.json$|\.assets\.json$/.test(name)
        ? withoutRoles
        : undefined;
    if (change === undefined) continue;
    const file = join(assembly, name);
    const text = JSON.parse(await readFile(file, 'utf8'), change);
    await writeFile(file, JSON.stringify(text));
  }
};

const withoutConditions = (name: string, value: Json): Json => {
  if (name === 'Statement' && Array.isArray(value))
    return [...value.filter((each) => !refusesHttp(each)), ...onEverything(value)];
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('Condition' in value))
    return value;
  const { Condition, ...rest } = value;
  const keys = keysOf(Condition);
  return value.Effect === 'Allow' && keys.length > 0 && keys.every((key) => UNKNOWN_CONDITION_KEYS.test(key))
    ? rest
    : value;
};

/** Adds statements that allow those of these actions that a role has on some resource on every resource. */
const onEverything = (statements: Json[]): Json[] => {
  const granted = CHECKED_UNNAMED.filter((action) =>
    statements.some((each) => JSON.stringify(each).includes(`"${action}"`)),
  );
  return granted.length === 0 ? [] : [{ Effect: 'Allow', Action: granted, Resource: '*' }];
};

const keysOf = (condition: unknown): string[] =>
  Object.values(Object(condition)).flatMap((comparison) => Object.keys(Object(comparison)));

/**
 * True for a statement that refuses http. The emulator only serves http on the loopback interface, so such a
 * statement would refuse every request to a bucket, topic or queue.
 */
const refusesHttp = (statement: Json): boolean =>
  typeof statement === 'object' &&
  statement !== null &&
  !Array.isArray(statement) &&
  statement.Effect === 'Deny' &&
  keysOf(statement.Condition).includes('aws:SecureTransport');

const withoutRoles = (_name: string, value: Json): Json =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).filter(([name]) => !BOOTSTRAP_ROLES.has(name)));

const assetsSchema = z.object({
  files: z.record(z.string(), z.object({ source: z.object({ path: z.string() }) })),
});

/** Changes a stack's template and gives it a new name, because the CDK publishes a name only once. */
export const changeTemplate = async (
  assembly: string,
  stack: string,
  change: (text: string) => string,
): Promise<void> => {
  const template = `${stack}.template.json`;
  const text = change(await readFile(join(assembly, template), 'utf8'));
  await writeFile(join(assembly, template), text);
  const assetsFile = join(assembly, `${stack}.assets.json`);
  const { files } = assetsSchema.parse(JSON.parse(await readFile(assetsFile, 'utf8')));
  const [before = ''] = Object.entries(files).find(([, { source }]) => source.path === template) ?? [];
  const after = createHash('sha256').update(text).digest('hex');
  for (const file of [assetsFile, join(assembly, 'manifest.json')])
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(before, after));
};
