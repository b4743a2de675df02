/**
 * What is changed in the synthesized assembly before it goes to MiniStack, each change for a reason. The templates
 * themselves are tested in test/infra.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Condition keys that MiniStack 1.5.33 never fills in, so that with them every request is denied: no such name in its core/ (iam_evaluator.py, iam_actions.py). */
const UNKNOWN_CONDITION_KEYS = /^(?:kms:EncryptionContext:\w+|s3:prefix|ses:FromAddress|events:source)$/;

/** MiniStack 1.5.33 with AUTH=true denies the bootstrap's own publishing role the bucket it was made for ("exists, but we dont have access to it"): the caller's credentials deploy. */
const BOOTSTRAP_ROLES = new Set([
  'assumeRoleArn',
  'assumeRoleExternalId',
  'cloudFormationExecutionRoleArn',
  'lookupRole',
]);

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

/** Drops the condition of a statement when every key in it is one that is never filled in. */
const withoutConditions = (_name: string, value: Json): Json => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('Condition' in value))
    return value;
  const { Condition, ...rest } = value;
  const keys = Object.values(Object(Condition)).flatMap((comparison) => Object.keys(Object(comparison)));
  return value.Effect === 'Allow' && keys.length > 0 && keys.every((key) => UNKNOWN_CONDITION_KEYS.test(key))
    ? rest
    : value;
};

const withoutRoles = (_name: string, value: Json): Json =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).filter(([name]) => !BOOTSTRAP_ROLES.has(name)));
