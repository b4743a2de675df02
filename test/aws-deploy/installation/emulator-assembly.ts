/**
 * What is changed in the synthesized assembly before it goes to MiniStack, each change for a reason. The templates
 * themselves are tested in test/infra.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** Condition keys that MiniStack 1.5.33 never fills in, so that with them every request is denied: no such name in its core/ (iam_evaluator.py, iam_actions.py). */
const UNKNOWN_CONDITION_KEYS = /^(?:kms:EncryptionContext:\w+|ses:FromAddress|events:source)$/;

/** The bucket of the bootstrap, too, is closed to http, which its publishing role meets ("exists, but we dont have access to it"): the caller's own credentials deploy. */
const BOOTSTRAP_ROLES = new Set([
  'assumeRoleArn',
  'assumeRoleExternalId',
  'cloudFormationExecutionRoleArn',
  'lookupRole',
]);

/**
 * Actions that MiniStack 1.5.33 checks against "*" though the request names a resource: those of DynamoDB that name
 * their table by an ARN (core/iam_actions.py, dynamodb_resource_arns looks for TableName only), and SendEmail, whose
 * resource is the sender's identity. Schedules it looks for in the group `default`, whichever group they are in.
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

/** What is granted of these actions, on whatever. */
const onEverything = (statements: Json[]): Json[] => {
  const granted = CHECKED_UNNAMED.filter((action) =>
    statements.some((each) => JSON.stringify(each).includes(`"${action}"`)),
  );
  return granted.length === 0 ? [] : [{ Effect: 'Allow', Action: granted, Resource: '*' }];
};

const keysOf = (condition: unknown): string[] =>
  Object.values(Object(condition)).flatMap((comparison) => Object.keys(Object(comparison)));

/** The emulator is spoken to over http, on the loopback: what closes a bucket, a topic or a queue to it closes it to everything. */
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

/** Changes a stack's template; under a new name, since what has been published under one is not published again. */
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
