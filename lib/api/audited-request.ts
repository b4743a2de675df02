/** Writes requests to the audit trail: those that change something, read something sensitive, or were refused. */
import type { Principal } from '../model/access/principal.ts';
import { visible } from '../model/text/visible-text.ts';
import { type Act, type AuditHost, audited, type Origin, outcomeOfError } from '../operations/audit/act.ts';
import { forgetRead, noteRefusal, wasReadLately } from '../operations/audit/repeated-acts.ts';
import type { Host } from '../ports/host.ts';
import { domainsOfAnswer, domainsOfSubject } from './audited-domains.ts';
import type { Reply, RouteFacts } from './route.ts';

interface Asked {
  readonly route: RouteFacts;
  readonly params: Readonly<Record<string, string>>;
  /** Decoded; left out when the trail only needs the path. */
  readonly query?: readonly (readonly [string, string])[];
}

interface Sent {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly source?: string | undefined;
}

const MOST_CHARACTERS = 100;

/**
 * Where a request came from. Only a proxy on this machine is trusted to name its caller; anybody else may send any
 * header.
 */
export const originOf = ({ headers, source = '' }: Sent): Origin => {
  const isLocal = /^(127\.|::1$|::ffff:127\.)/.test(source);
  const forwarded = headers['x-forwarded-for']?.split(',').at(-1)?.trim() ?? '';
  const isAddress = /^[0-9a-fA-F.:]{3,45}$/.test(forwarded);
  return { source, ...(isLocal && isAddress && { forwardedFor: forwarded }) };
};

/** The one address that a request came from: guesses are counted by it. */
export const addressOf = ({ forwardedFor, source }: Origin): string => forwardedFor ?? source ?? '';

/** The act of a sign-in. Its caller is not known yet, and the typed name is left out, since it may be a password. */
export const byNobody = (action: string, origin: Origin): Act => ({ principal: undefined, origin, action });

export const actOf = ({ route, params, query = [] }: Asked, principal: Principal, origin: Origin): Act => ({
  principal,
  origin,
  action: route.operationId,
  permission: route.needs,
  subject: subjectOf(route.path, params),
  ...noteOf(route, query),
});

const MOST_NOTED = 500;

/** The part of the query that says what was asked for, as in `component=files path=a.txt`. */
const noteOf = ({ auditedQuery = [] }: RouteFacts, query: NonNullable<Asked['query']>): Pick<Act, 'note'> => {
  const told = query
    .filter(([name]) => auditedQuery.includes(name))
    .map(([name, value]) => `${name}=${value}`);
  return told.length === 0 ? {} : { note: visible(told.join(' ')).slice(0, MOST_NOTED) };
};

/**
 * The subject of a path: `backups/<id>` for `/v1/backups/{id}/restores`. A path may contain any text, even a token
 * pasted into the wrong place: only what looks like an id is kept.
 */
const subjectOf = (path: string, params: Readonly<Record<string, string>>): string => {
  const parts: string[] = [];
  for (const part of path.split('/').slice(2)) {
    const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
    if (name !== undefined) return [parts.at(-1) ?? '', shownId(params[name] ?? '')].join('/');
    parts.push(part);
  }
  return '';
};

const shownId = (id: string): string =>
  /^[A-Za-z0-9_.-]{1,100}$/.test(id) && !/^hft?_/.test(id) ? id.slice(0, MOST_CHARACTERS) : '?';

/** Notes a refusal because of a missing token or permission. @throws what `work` throws */
export const refusalsNoted = async <T>(host: AuditHost, act: Act, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    const outcome = outcomeOfError(thrown);
    if (outcome.outcome === 'refused') await noteRefusal(host, act, outcome);
    throw thrown;
  }
};

/** Answers a request, and writes it to the trail if its route says so. */
export const auditedRequest = async (
  host: Host,
  { principal, ...asked }: Asked & { readonly principal: Principal },
  origin: Origin,
  handle: () => Promise<Reply>,
): Promise<Reply> => {
  const { route } = asked;
  const isRead = route.method === 'GET';
  if (!(route.audited ?? !isRead)) return handle();
  const domains = await domainsOfSubject(host, principal, route, asked.params);
  const act = { ...actOf(asked, principal, origin), domains };
  if (isRead && wasReadLately(host, act)) return handle();
  try {
    return await audited(host, act, handle, outcomeOf);
  } catch (thrown) {
    if (isRead) forgetRead(host, act);
    throw thrown;
  } finally {
    // People are told of many of these acts, too: deliver that soon.
    host.hasten?.();
  }
};

const outcomeOf = ({ status, headers, body, auditNote }: Reply) => ({
  outcome: 'done' as const,
  status,
  code: null,
  made: headers?.location?.replace(/^\/v1\//, '') ?? madeBy(status, body),
  domains: domainsOfAnswer(body),
  ...(auditNote !== undefined && { note: auditNote }),
});

/** The id of what was made, from the answer. */
const madeBy = (status: number, body: unknown): string => {
  if (status !== 201 || typeof body !== 'object' || body === null || !('id' in body)) return '';
  return typeof body.id === 'string' ? shownId(body.id) : '';
};

/** The patience for transfers: bytes flow as long as somebody reads them. */
const DAY = 24 * 3600_000;

/** As `auditedRequest`, for bytes that a host sends or receives itself: parts of one file get one row. */
export const auditedBytes = async (
  host: Host,
  asked: Asked & { readonly principal: Principal },
  origin: Origin,
  answer: () => Promise<{ readonly status: number }>,
): Promise<void> => {
  const { principal, route, params } = asked;
  const domains = await domainsOfSubject(host, principal, route, params);
  const act = { ...actOf(asked, principal, origin), domains, patienceMilliseconds: DAY };
  if (wasReadLately(host, act)) await answer();
  else
    await audited(host, act, answer, ({ status }) => ({
      outcome: status < 400 ? 'done' : status < 500 ? 'refused' : 'failed',
      status,
      code: null,
    }));
};
