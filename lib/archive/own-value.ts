/**
 * What a record holds under a name that somebody else chose. An object has more names than were written into it:
 * `constructor`, `toString` and others of every object, which are no values of anybody.
 */
export const ownValue = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
