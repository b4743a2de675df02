/** A plan in the catalog: its first entries in the restore's record, more of them in pages beside it, all others counted. */
import {
  MAX_LISTED_CHARACTERS,
  MAX_LISTED_ENTRIES,
  plannedCharacters,
} from '../../../archive/extract/plan/plan-list.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { ComponentPlan, PlanPage, RestoreRecord } from '../../../model/records/restore.ts';
import { type Hold, put } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';
import { getRecord } from '../../task/operation-record.ts';

type Entry = ComponentPlan['entries'][number];
type Plans = Readonly<Record<string, ComponentPlan>>;

/** Of all components together: a record is an item of 400 KB on AWS, and lists show a thousand of them. */
const RECORD_ENTRIES = 1_000;
const RECORD_CHARACTERS = 64 * 1024;
const PAGE_ENTRIES = 100;
const PAGES_PER_COMMIT = 8;

/** The first entries, as far as they fit. */
const fitting = (entries: readonly Entry[], most: number, characters: number): Entry[] => {
  let used = 0;
  const over = entries.findIndex((entry, index) => {
    used += plannedCharacters(entry);
    return index >= most || used > characters;
  });
  return over < 0 ? [...entries] : entries.slice(0, over);
};

/**
 * Writes the entries that do not fit into the record, and returns those that do. Components share the room. May be
 * repeated: it then overwrites the same pages.
 *
 * @throws `fence_lost`
 */
export const keepPlan = async (
  host: Host,
  hold: Hold,
  plans: Plans,
): Promise<Record<string, ComponentPlan>> => {
  const kept: Record<string, ComponentPlan> = {};
  const pages: PlanPage[] = [];
  const share = 1 / Math.max(1, Object.keys(plans).length);
  for (const [component, plan] of Object.entries(plans)) {
    const listed = fitting(plan.entries, MAX_LISTED_ENTRIES * share, MAX_LISTED_CHARACTERS * share);
    const entries = fitting(listed, RECORD_ENTRIES * share, RECORD_CHARACTERS * share);
    kept[component] = { ...plan, entries, listed: listed.length };
    for (let from = entries.length, page = 0; from < listed.length; from += PAGE_ENTRIES, page += 1)
      pages.push({
        restoreId: hold.operationId,
        component,
        page,
        entries: listed.slice(from, from + PAGE_ENTRIES),
      });
  }
  for (let first = 0; first < pages.length; first += PAGES_PER_COMMIT)
    await host.catalog.commit(
      pages.slice(first, first + PAGES_PER_COMMIT).map((page) => put('planPage', page)),
      { under: hold },
    );
  return kept;
};

export interface PlanQuery {
  readonly skip: number;
  readonly limit: number;
  /** @default all, in the record's order */
  readonly component?: string | undefined;
}

export interface PlanAnswer {
  skip: number;
  limit: number;
  /** How many entries are listed. */
  total: number;
  /** How many entries are counted in the record, but not listed. */
  unlisted: number;
  resources: (Entry & { component: string })[];
}

/** A page of a restore's plan. @throws `not_found`; `not_ready` while there is no plan */
export const readPlan = async (
  host: Host,
  id: string,
  { skip, limit, component }: PlanQuery,
): Promise<PlanAnswer> => {
  const restore = await getRecord(host, 'restore', id);
  const answer: PlanAnswer = { skip, limit, total: 0, unlisted: 0, resources: [] };
  for (const [name, plan] of plansOf(restore, component)) {
    const listed = plan.listed ?? plan.entries.length;
    const from = Math.max(0, skip - answer.total);
    const to = Math.min(listed, skip + limit - answer.total);
    answer.total += listed;
    const { create, overwrite, refuse, drop = 0 } = plan.counts;
    const all = create + overwrite + plan.counts.skip + refuse + drop;
    answer.unlisted += all - listed;
    for await (const entry of entriesOf(host, restore.id, name, plan, from, to))
      answer.resources.push({ component: name, ...entry });
  }
  return answer;
};

const plansOf = (
  { id, plan, components }: RestoreRecord,
  component: string | undefined,
): (readonly [string, ComponentPlan])[] => {
  if (component !== undefined && !Object.hasOwn(components, component))
    throw new HoldfastError('not_found', `restore ${id} has no component "${component}"`);
  if (plan === null)
    throw new HoldfastError('not_ready', `restore ${id} has no plan: it is not finished yet, or has failed`);
  return Object.entries(plan).filter(([name]) => component === undefined || name === component);
};

async function* entriesOf(
  host: Host,
  restoreId: string,
  component: string,
  { entries }: ComponentPlan,
  from: number,
  to: number,
): AsyncGenerator<Entry, void, undefined> {
  if (from < entries.length) yield* entries.slice(from, to);
  for (let at = Math.max(from, entries.length); at < to; ) {
    const page = Math.floor((at - entries.length) / PAGE_ENTRIES);
    const first = entries.length + page * PAGE_ENTRIES;
    const found = await host.catalog.get('planPage', `${restoreId}/${component}/${page}`);
    if (found === undefined)
      throw new HoldfastError(
        'internal',
        `page ${page} of the plan of ${restoreId} is missing from the catalog`,
      );
    yield* found.record.entries.slice(at - first, to - first);
    at = first + PAGE_ENTRIES;
  }
}
