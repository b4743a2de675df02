/**
 * The value of a record under a name that somebody else chose. Every object also has names that nobody wrote into it,
 * such as `constructor` and `toString`; they count as missing.
 */
export const ownValue = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
