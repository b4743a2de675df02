/** What a backup or a key is for: the whole system, or one domain of it. */
import * as z from 'zod';
import type { Home } from '../access/permissions.ts';

export const scopeSchema = z.enum(['system', 'domain']);
export type Scope = z.infer<typeof scopeSchema>;
export const ROOT_DOMAIN = 'root';

/** What a backup or a key belongs to. */
export const homeOf = ({ scope, domain }: { readonly scope: Scope; readonly domain: string }): Home =>
  scope === 'system' ? null : domain;
export const homesOf = (record: { readonly scope: Scope; readonly domain: string }): readonly Home[] => [
  homeOf(record),
];

/**
 * The domains that an operation reads and writes, or an upload is for; none: it is the whole installation's. Absent in
 * records of 0.1.0.
 */
export const domainsField = { domains: z.array(z.string()).optional() };

/** As `domains` of a record keeps them: what belongs to the whole installation as well belongs to that. */
export const domainsOfHomes = (homes: readonly Home[]): string[] =>
  homes.includes(null) ? [] : [...new Set(homes.filter((home) => home !== null))].sort();

export const isWithDomains = (record: object): record is { readonly domains: readonly string[] } =>
  'domains' in record && record.domains !== undefined;
