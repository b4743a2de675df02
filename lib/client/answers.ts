/** Types of what the API answers that are not records of the catalog. The routes' schemas say the same: test/client/answers compares them. */
import type { ContentsEntry } from '../archive/format.ts';
import type { Role } from '../model/access/permissions.ts';
import type { AuditRow } from '../model/records/audit.ts';
import type { Operation, State } from '../model/records/operation.ts';
import type { PlannedEntry } from '../model/records/restore.ts';
import type { Page } from '../model/requests/page.ts';

export interface Session {
  readonly installation: string;
  readonly version: string;
  readonly principal: { readonly id: string; readonly name: string; readonly kind: string };
  /** A role in one domain; null: in the whole installation. */
  readonly grants: readonly { readonly role: Role; readonly domain: string | null }[];
  readonly permissions: readonly string[];
  /** Null where no session of a page asks, but a token. */
  readonly expiresAt: string | null;
  readonly idleUntil: string | null;
  readonly provenUntil: string | null;
}

/** Other texts once something has changed since: `records` what lists show, `progress` what runs. */
export interface Changed {
  readonly records: string;
  readonly progress: string;
}

export interface Status {
  readonly state: 'IDLE' | 'BUSY';
  readonly operation: Operation | null;
  readonly last: (Operation & { state: State; shortError: string; completedAt: string | null }) | null;
  /** Null where the host does not hear of changes, and for who does not reach the whole installation. */
  readonly changed: Changed | null;
}

export interface ComponentView {
  readonly id: string;
  readonly kind: string;
  readonly domain: string;
  readonly target: string;
}

export interface Download {
  readonly url: string;
  readonly expiresAt: string;
  readonly fileName: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface PartTicket {
  readonly number: number;
  readonly bytes: number;
  readonly url: string;
  readonly expiresAt: string;
}

export type Entry = ContentsEntry & { readonly component: string };
export type PlanPage = Page<PlannedEntry> & { readonly unlisted: number };

export interface AuditPage extends Page<AuditRow> {
  /** Where older rows begin that were not looked at. */
  readonly next: number | null;
}
export interface AuditCheck {
  readonly valid: boolean;
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly seals: number;
  readonly faults: readonly { readonly seq: number; readonly fault: string }[];
  /** The row to go on from. */
  readonly next: number | null;
}
