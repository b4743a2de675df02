/** What a backup or a key is for: the whole system, or one domain. */
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
 * The domains that an operation reads and writes, or an upload is for; empty: the whole installation. Absent in records
 * of 0.1.0.
 */
export const domainsField = { domains: z.array(z.string()).optional() };

/** The domains in the form of a record's `domains`; empty when one of the homes is the whole installation. */
export const domainsOfHomes = (homes: readonly Home[]): string[] =>
  homes.includes(null) ? [] : [...new Set(homes.filter((home) => home !== null))].sort();

export const isWithDomains = (record: object): record is { readonly domains: readonly string[] } =>
  'domains' in record && record.domains !== undefined;
