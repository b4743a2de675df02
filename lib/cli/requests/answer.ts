/**
 * Reads a server's answer with tolerance: a field that is missing or of another type reads as empty, so that an older
 * command line still shows what a newer server says. Keys are checked against the record's type; values are checked
 * here, without the schemas, which would double the start-up time of every command.
 */
import type { Extent } from '../../client/pages.ts';
import type { Page } from '../../model/requests/page.ts';
import { Failure } from '../failure.ts';

type KeyFor<T, V> = { [K in keyof T]-?: NonNullable<T[K]> extends V ? K : never }[keyof T] & string;
type Item<L> = L extends readonly (infer I)[] ? I : never;
type Value<M> = M extends Readonly<Record<string, infer V>> ? V : never;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Any answer, whatever it is about. */
export interface RawAnswer {
  readonly raw: Readonly<Record<string, unknown>>;
}

export class Answer<T> implements RawAnswer {
  /** The unchanged answer, including unknown fields: `--json` prints it. */
  readonly raw: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    this.raw = isObject(value) ? value : {};
  }

  has(key: keyof T & string): boolean {
    return this.raw[key] !== undefined && this.raw[key] !== null;
  }

  text(key: KeyFor<T, string>): string {
    const value = this.raw[key];
    return typeof value === 'string' ? value : '';
  }

  /** 0 when there is none; use `has` when that matters. */
  count(key: KeyFor<T, number>): number {
    const value = this.raw[key];
    return typeof value === 'number' && Number.isFinite(value) ? value : 0;
  }

  flag(key: KeyFor<T, boolean>): boolean {
    return this.raw[key] === true;
  }

  texts(key: KeyFor<T, readonly string[]>): string[] {
    const value = this.raw[key];
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  }

  part<K extends KeyFor<T, object>>(key: K): Answer<NonNullable<T[K]>> {
    return new Answer(this.raw[key]);
  }

  list<K extends KeyFor<T, readonly object[]>>(key: K): Answer<Item<NonNullable<T[K]>>>[] {
    const value = this.raw[key];
    return Array.isArray(value) ? value.map((item) => new Answer(item)) : [];
  }

  /** The entries of a record of records, such as a backup's components. */
  byName<K extends KeyFor<T, Readonly<Record<string, object>>>>(
    key: K,
  ): (readonly [string, Answer<Value<NonNullable<T[K]>>>])[] {
    const value = this.raw[key];
    return isObject(value) ? Object.entries(value).map(([name, part]) => [name, new Answer(part)]) : [];
  }
}

/** How much of a list a page shows. */
export const extentOf = (page: RawAnswer): Extent => {
  const read = new Answer<Page<object>>(page.raw);
  return { total: read.count('total'), shown: read.list('resources').length };
};

/** A body that must be a JSON object. @throws when it is not: then the server is not Holdfast */
export const parseAnswer = <T>(body: string, url: string): Answer<T> => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    value = undefined;
  }
  if (!isObject(value))
    throw new Failure('unreachable', `what answers at ${url} is not a Holdfast server`, {
      hint: 'Check HOLDFAST_URL: it is the address that "holdfast serve" prints, without a path.',
    });
  return new Answer<T>(value);
};
