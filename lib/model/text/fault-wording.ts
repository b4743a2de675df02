/** Faults that a schema finds, in words that say what is there and what would be right. */
import * as z from 'zod';

/** A wrong field; an empty path means the whole value. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** The messages for all faults that have no words of their own in the schema. */
export const wording: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing: write ${kindOf(issue.expected)}`
        : `is ${shapeOf(issue.input)}, and must be ${kindOf(issue.expected)}`;
    case 'invalid_value':
      return `${saidOf(issue.input)}: it must be one of ${listOf(issue.values)}`;
    case 'invalid_union': {
      const { discriminator: name, options } = issue;
      if (typeof name !== 'string' || !Array.isArray(options)) return undefined;
      const given = z.looseObject({}).safeParse(issue.input).data?.[name];
      return `${saidOf(given)}: it must be one of ${listOf(options)}`;
    }
    case 'unrecognized_keys': {
      const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
      return `unknown: ${listOf(issue.keys)}; ${known.length === 0 ? 'no keys are allowed there' : `allowed there: ${known.join(', ')}`}`;
    }
    case 'invalid_key':
      return `has a key that is not allowed: ${issue.issues[0]?.message ?? 'it does not have the form of a key'}`;
    case 'invalid_format':
      return formats[issue.format];
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? 'is empty'
        : `${measured(issue)}, and must ${units[issue.origin] === undefined ? 'be' : 'have'} at least ${issue.minimum}`;
    case 'too_big':
      return `${measured(issue)}, and may ${units[issue.origin] === undefined ? 'be' : 'have'} at most ${issue.maximum}`;
    default:
      return undefined;
  }
};

const formats: Readonly<Record<string, string>> = { base64: 'is not base64' };

const units: Readonly<Record<string, string>> = { string: 'characters', array: 'entries' };

/** How large or long the value is. */
const measured = ({ origin, input }: { origin: string; input?: unknown }): string => {
  const unit = units[origin];
  if (unit !== undefined && (typeof input === 'string' || Array.isArray(input)))
    return `has ${input.length} ${unit}`;
  return `is ${String(input).slice(0, 30)}`;
};

/** A request may have any number of faults, and each takes some room. */
const MOST_TOLD = 20;

/** The first twenty faults that a schema found. Each unknown name is a fault of its own. */
export const faultsOf = (error: z.ZodError): Fault[] =>
  error.issues
    .flatMap(({ path, message, ...issue }) => {
      const names = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, MOST_TOLD) : [];
      const paths = names.length === 0 ? [path] : names.map((name) => [...path, name.slice(0, 100)]);
      return paths.map((one) => ({ path: one.map(String).join('.'), message }));
    })
    .slice(0, MOST_TOLD);

const listOf = (values: readonly unknown[]): string =>
  values
    .slice(0, MOST_TOLD)
    .map((value) => JSON.stringify(value).slice(0, 80))
    .join(', ');

/** The value in words. A long text is not repeated: it may be a secret in the wrong place. */
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
  record: 'an object {...}',
};
const kindOf = (type: string): string => kinds[type] ?? type;
