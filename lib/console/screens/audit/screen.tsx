/** The audit trail: to read, to export, and to verify. */
import { useEffect, useState } from 'preact/hooks';
import type { AuditOutcome, AuditRow } from '../../../model/records/audit.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { type AuditFilters, listAudit } from '../../api/calls.ts';
import { useDoing } from '../../api/live.ts';
import { Field, Select } from '../../parts/forms/field.tsx';
import { InstantField } from '../../parts/forms/instant-field.tsx';
import { onSubmit, useForm } from '../../parts/forms/use-form.ts';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { ScreenHead } from '../../parts/live-screen.tsx';
import { Empty, Loading, ProblemNotice } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { go } from '../../routing.ts';
import type { Screen, ScreenProps } from '../../screen.ts';
import { counted } from '../../shown/times.ts';
import { type From, olderThan } from './older-rows.ts';
import { WholeTrail } from './whole-trail.tsx';
import { kindOfActor, words } from './words.ts';

const AT_ONCE = 100;
const names = ['principal', 'action', 'subject', 'outcome', 'from', 'to'] as const;
type TypedFilters = Record<(typeof names)[number], string>;
const noFilters: TypedFilters = { principal: '', action: '', subject: '', outcome: '', from: '', to: '' };
const outcomes = ['done', 'refused', 'failed', 'unknown'] as const satisfies readonly AuditOutcome[];

const filtersOf = (query: URLSearchParams): AuditFilters =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = query.get(name)?.trim() ?? '';
      return value === '' ? [] : [[name, value]];
    }),
  );

const Audit = ({ query }: ScreenProps) => {
  const t = words();
  const filters = filtersOf(query);
  return (
    <section class="screen">
      <ScreenHead title={t.title} lead={t.lead} />
      <WholeTrail />
      <Filters key={JSON.stringify(filters)} filters={filters} />
      <Rows key={`rows ${JSON.stringify(filters)}`} filters={filters} />
    </section>
  );
};

const Filters = ({ filters }: { filters: AuditFilters }) => {
  const t = words();
  const { values, field } = useForm<TypedFilters>({ ...noFilters, ...filters });
  const input = { maxLength: 200, spellcheck: false, autoComplete: 'off' };
  const submit = (): void => {
    const typed = Object.entries(values).filter(([, value]) => value !== '');
    go('/audit', Object.fromEntries(typed));
  };
  return (
    <form class="card" onSubmit={onSubmit(submit)}>
      <div class="side-by-side few">
        <Field label={t.principal} hint={t.principalHint} {...field('principal')} input={input} />
        <Field label={t.action} {...field('action')} input={input} />
        <Field label={t.subject} hint={t.subjectHint} {...field('subject')} input={input} />
        <Select
          label={t.outcome}
          {...field('outcome')}
          options={[['', t.any], ...outcomes.map((one) => [one, t[one]] as const)]}
        />
        <InstantField label={t.from} {...field('from')} />
        <InstantField label={t.to} {...field('to')} />
      </div>
      <button type="submit" class="button">
        {t.filter}
      </button>
    </form>
  );
};

const Rows = ({ filters }: { filters: AuditFilters }) => {
  const t = words();
  const isFiltered = Object.keys(filters).length > 0;
  const [rows, setRows] = useState<readonly AuditRow[]>([]);
  const [from, setFrom] = useState<From | undefined>({ before: undefined, skip: 0 });
  const [isBegun, setIsBegun] = useState(false);
  const reading = useDoing(async () => {
    if (from === undefined) return;
    const page = await listAudit({ ...filters, ...from, limit: AT_ONCE });
    setRows((before) => [...before, ...page.resources]);
    setFrom(olderThan(from, page, isFiltered));
    setIsBegun(true);
  });
  // This runs once, when the list is shown. Other filters make another list, because they are in its key.
  useEffect(reading.run, []);
  return (
    <section class="card stack" aria-label={t.title}>
      {rows.length > 0 && (
        <StackedTable columns={[t.when, t.who, t.what, t.outcome]}>
          {rows.map((row) => (
            <Row key={row.seq} row={row} />
          ))}
        </StackedTable>
      )}
      {isBegun && rows.length === 0 && from === undefined && <Empty title={t.none} />}
      <ProblemNotice problem={reading.problem} onRetry={reading.run} />
      {reading.isBusy && <Loading />}
      {isBegun && !reading.isBusy && from !== undefined && (
        <button type="button" onClick={reading.run}>
          {t.older}
        </button>
      )}
      {isBegun && rows.length > 0 && from === undefined && <p class="quiet">{t.end}</p>}
    </section>
  );
};

const tones = { done: 'plain', refused: 'attention', failed: 'bad', unknown: 'attention' } as const;

const Row = ({ row }: { row: AuditRow }) => {
  const t = words();
  const {
    seq,
    at,
    actor,
    credential,
    source,
    forwardedFor,
    action,
    subject,
    made,
    outcome,
    code,
    count,
    note,
  } = row;
  const origin = forwardedFor === '' ? source : `${forwardedFor}, ${source}`;
  return (
    <tr>
      <th scope="row">
        <Time at={at} />
        <span class="quiet">{t.row(counted(seq))}</span>
      </th>
      <td data-name={t.who} class="break">
        {actor.name === '' ? (
          t.nobody
        ) : (
          <>
            {visible(actor.name)} <span class="quiet">{kindOfActor(actor.kind)}</span>
          </>
        )}
        {credential !== '' && <div class="quiet hint">{visible(credential)}</div>}
        {origin !== '' && <div class="quiet hint">{t.from_(visible(origin))}</div>}
      </td>
      <td data-name={t.what} class="break">
        <code>{visible(action)}</code>
        {subject !== '' && <div class="hint">{visible(subject)}</div>}
        {made !== '' && <div class="hint">→ {visible(made)}</div>}
        {note !== '' && <div class="quiet hint">{visible(note)}</div>}
      </td>
      <td data-name={t.outcome}>
        <span class={`badge ${tones[outcome]}`}>{t[outcome]}</span>
        {code !== null && (
          <div>
            <code>{visible(code)}</code>
          </div>
        )}
        {count > 1 && <div class="quiet hint">{t.times(counted(count))}</div>}
      </td>
    </tr>
  );
};

export const auditScreen: Screen = {
  path: '/audit',
  needs: 'audit.read',
  menu: { name: () => words().title, icon: 'audit', isAdministration: true },
  title: () => words().title,
  view: Audit,
};
