/**
 * The domains of what a request is about, so that the administrators of a domain find in the audit trail what was done
 * there.
 */
import * as z from 'zod';
import { type Home, reaches } from '../model/access/permissions.ts';
import type { Principal } from '../model/access/principal.ts';
import { recordKindOf } from '../model/records/operation.ts';
import { domainsOfHomes, homeOf, ROOT_DOMAIN, scopeSchema } from '../model/records/scope.ts';
import { isDomain } from '../operations/access/known-domains.ts';
import { homesOfRecord } from '../operations/access/permitted.ts';
import { findToken } from '../operations/access/tokens/find-token.ts';
import { findSchedule, homeOfSchedule } from '../operations/schedules/find-schedules.ts';
import type { Host } from '../ports/host.ts';
import type { RouteFacts } from './route.ts';

type Homes = readonly Home[];

/** The homes of things that a path names, beside the records of `of`. */
const homesByPath: Readonly<Record<string, (host: Host, id: string) => Promise<Homes>>> = {
  schedules: async (host, id) => {
    const schedule = await findSchedule(host, id);
    return schedule === undefined ? [] : [homeOfSchedule(schedule)];
  },
  tokens: async (host, id) => {
    const token = (await findToken(host, id))?.record;
    return token === undefined ? [] : [token.domain ?? null];
  },
  users: async (host, id) => {
    const person = (await host.catalog.get('person', id))?.record;
    return person === undefined ? [] : [person.domain];
  },
  // A path may contain any text: only the name of an existing domain goes into the trail.
  domains: async (host, name) => ((await isDomain(host, name)) ? [name] : []),
  operations: async (host, id) => {
    const { holder } = await host.catalog.lock();
    if (holder?.id !== id) return [];
    const record = (await host.catalog.get(recordKindOf(holder.kind), id))?.record;
    return record === undefined ? [] : homesOfRecord(host, record);
  },
};

/**
 * The domains of what the path names, before anything is done. None when it is out of the principal's reach: a row must
 * not tell whether it exists.
 */
export const domainsOfSubject = async (
  host: Host,
  principal: Principal,
  route: Pick<RouteFacts, 'of' | 'path'>,
  params: Readonly<Record<string, string>>,
): Promise<readonly string[]> => {
  const [id] = Object.values(params);
  if (id === undefined) return [];
  const homes = await homesOfSubject(host, route, id);
  return homes.every((home) => reaches(principal.grants, home)) ? domainsOfHomes(homes) : [];
};

const homesOfSubject = async (
  host: Host,
  { of, path }: Pick<RouteFacts, 'of' | 'path'>,
  id: string,
): Promise<Homes> => {
  if (of === undefined) return (await homesByPath[path.split('/')[2] ?? '']?.(host, id)) ?? [];
  const record = (await host.catalog.get(of, id))?.record;
  return record === undefined ? [] : homesOfRecord(host, record);
};

const homedSchema = z.object({
  scope: scopeSchema.optional(),
  domain: z.string().nullish(),
  domains: z.array(z.string()).optional(),
});

/** The domains of what an answer shows; undefined when it shows nothing that has a home. */
export const domainsOfAnswer = (body: unknown): readonly string[] | undefined => {
  const { success, data } = homedSchema.safeParse(body);
  if (!success) return undefined;
  const { scope, domain, domains } = data;
  if (scope !== undefined) return domainsOfHomes([homeOf({ scope, domain: domain ?? ROOT_DOMAIN })]);
  if (domains !== undefined) return domains;
  return domain == null ? undefined : [domain];
};
