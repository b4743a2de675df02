/** What is wrong with a configuration, in sentences that name the component, the setting, and what may stand there. */
import * as z from 'zod';
import { type Config, configSchema } from './config.ts';

/** A field that is wrong; an empty path is the file as a whole. */
export interface ConfigFault {
  readonly path: string;
  readonly message: string;
}

/** The configuration, or its faults: `message` says all but the path; `sentence` names the place, too. */
export const checkConfig = (
  value: unknown,
): { config: Config } | { faults: readonly ConfigFault[]; sentences: readonly string[] } => {
  const parsed = configSchema.safeParse(value, { error: wording });
  if (parsed.success) return { config: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const sentences = parsed.error.issues.map(({ path, message }) => {
    const place = [...ownerOf(value, path), ...(path.length === 0 ? [] : [path.join('.')])];
    return [...(place.length === 0 ? [] : [place.join(', ')]), message].join(': ');
  });
  return { faults, sentences };
};

/** Whose setting it is, as its owner calls it: `component "notes"`. */
const ownerOf = (value: unknown, [list, index]: readonly PropertyKey[]): string[] => {
  if ((list !== 'components' && list !== 'schedules') || typeof index !== 'number') return [];
  const owners = z.object({ [list]: z.array(z.unknown()) }).safeParse(value);
  const named = z.object({ id: z.string() }).safeParse(owners.data?.[list]?.[index]);
  const what = list.slice(0, -1);
  return [named.success ? `${what} ${JSON.stringify(named.data.id.slice(0, 80))}` : `${what} ${index + 1}`];
};

const wording: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing: ${kindOf(issue.expected)} is to stand there`
        : `is ${shapeOf(issue.input)}, and is to be ${kindOf(issue.expected)}`;
    case 'invalid_value':
      return `${saidOf(issue.input)}: it is one of ${listOf(issue.values)}`;
    case 'invalid_union': {
      const { discriminator: name, options } = issue;
      if (typeof name !== 'string' || !Array.isArray(options)) return undefined;
      const given = z.looseObject({}).safeParse(issue.input).data?.[name];
      return `${saidOf(given)}: it is one of ${listOf(options)}`;
    }
    case 'unrecognized_keys': {
      const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
      return `unknown: ${listOf(issue.keys)}; what may stand there: ${known.join(', ')}`;
    }
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1 ? 'is empty' : undefined;
    default:
      return undefined;
  }
};

const listOf = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value).slice(0, 80)).join(', ');

/** A value in words. A long one is not repeated: it may be a secret in the wrong place. */
const saidOf = (input: unknown): string => {
  if (input === undefined) return 'is missing';
  return typeof input === 'string' && input.length <= 30
    ? `is ${JSON.stringify(input)}`
    : `is ${shapeOf(input)}`;
};

const shapeOf = (input: unknown): string => {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'a list [...]';
  return kindOf(typeof input);
};

const kinds: Readonly<Record<string, string>> = {
  string: 'a text in double quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list [...]',
  object: 'an object {...}',
};
const kindOf = (type: string): string => kinds[type] ?? type;
