/** The audit trail. */
import type { AuditCheck, AuditPage } from '../answers.ts';
import { type Call, get, type Paging } from '../call.ts';

export type AuditFilters = Readonly<
  Partial<Record<'principal' | 'action' | 'subject' | 'outcome' | 'from' | 'to', string>>
>;

export const list = (
  query: AuditFilters & Paging & { readonly before?: number | undefined },
): Call<AuditPage> => get('/v1/audit', { ...query });
/** As text: rows of JSON, a line each. `from` is the row to begin with. */
export const exported = (from?: string): Call<string> => get('/v1/audit/export', { from });
export const check = (from?: number): Call<AuditCheck> => get('/v1/audit/verify', { from });
