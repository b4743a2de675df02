/** What a restore would do, or did: in figures for each component, and entry by entry. */
import { useState } from 'preact/hooks';
import type { PlannedEntry, RestoreRecord } from '../../model/records/restore.ts';
import { visible } from '../../model/text/visible-text.ts';
import { readPlan } from '../api/calls.ts';
import { counted } from '../shown/times.ts';
import { translated } from '../words/language.ts';
import { words as shared } from '../words/shared.ts';
import { Select } from './field.tsx';
import { Notice, ProblemNotice } from './notice.tsx';
import { usePages } from './pages.ts';
import { VirtualList } from './virtual-list.tsx';

type Action = PlannedEntry['action'];

export const planWords = translated('plan', {
  en: {
    plan: 'What would happen',
    target: 'Goes to',
    create: 'created',
    overwrite: 'overwritten',
    skip: 'left as it is',
    refuse: 'refused',
    drop: 'dropped',
    entries: 'Entry by entry',
    path: 'Entry',
    action: 'What happens',
    all: 'all components',
    unlisted: (n: string) => `${n} more are counted above and not listed.`,
    exchange: 'The database is replaced by a new one that takes its name.',
    transaction: 'The database is restored over in one transaction.',
    none: 'Nothing is in this plan.',
  },
  de: {
    plan: 'Was geschehen würde',
    target: 'Geht nach',
    create: 'angelegt',
    overwrite: 'überschrieben',
    skip: 'bleibt, wie es ist',
    refuse: 'abgelehnt',
    drop: 'entfernt',
    entries: 'Eintrag für Eintrag',
    path: 'Eintrag',
    action: 'Was geschieht',
    all: 'alle Komponenten',
    unlisted: (n: string) => `${n} weitere sind oben gezählt und nicht aufgeführt.`,
    exchange: 'Die Datenbank wird durch eine neue ersetzt, die ihren Namen bekommt.',
    transaction: 'Die Datenbank wird in einer Transaktion überschrieben.',
    none: 'In diesem Plan ist nichts.',
  },
});

const actions = ['refuse', 'drop', 'overwrite', 'create', 'skip'] as const satisfies readonly Action[];
const tones: Readonly<Record<Action, string>> = {
  refuse: 'bad',
  drop: 'bad',
  overwrite: 'attention',
  create: 'good',
  skip: 'plain',
};

export const PlanView = ({ restore }: { restore: RestoreRecord }) => {
  const t = planWords();
  const { plan } = restore;
  if (plan === null) return null;
  const planned = Object.entries(plan);
  return (
    <section class="card plan" aria-labelledby="plan">
      <h2 id="plan">{t.plan}</h2>
      <ul class="plain-list">
        {planned.map(([id, { target, counts, warnings = [], inPlace }]) => (
          <li key={id} class="planned">
            <p>
              <span class="name">{visible(id)}</span>{' '}
              <span class="quiet break">
                {t.target} {visible(target)}
              </span>
            </p>
            <p class="figures">
              {actions.map((action) => {
                const n = counts[action] ?? 0;
                return n === 0 ? null : (
                  <span key={action} class={`badge ${tones[action]}`}>
                    {counted(n)} {t[action]}
                  </span>
                );
              })}
            </p>
            {inPlace !== undefined && (
              <p>
                {t[inPlace.way]} <span class="quiet">{visible(inPlace.why)}</span>
              </p>
            )}
            {warnings.map((warning) => (
              <Notice key={warning} tone="attention" title={visible(warning)} />
            ))}
          </li>
        ))}
      </ul>
      <Entries id={restore.id} components={planned.map(([id]) => id)} />
    </section>
  );
};

const ROW_HEIGHTS = { wide: 40, tall: 68 };

const Entries = ({ id, components }: { id: string; components: readonly string[] }) => {
  const t = planWords();
  const [component, setComponent] = useState('');
  const [unlisted, setUnlisted] = useState(0);
  const pages = usePages(
    async (skip, limit, signal) => {
      const page = await readPlan(
        id,
        { skip, limit, component: component === '' ? undefined : component },
        signal,
      );
      setUnlisted(page.unlisted);
      return page;
    },
    [id, component],
  );
  return (
    <>
      <div class="list-head">
        <h3>{t.entries}</h3>
        {components.length > 1 && (
          <Select
            label={shared().component}
            value={component}
            onValue={setComponent}
            options={[['', t.all], ...components.map((one) => [one, one] as const)]}
          />
        )}
      </div>
      <ProblemNotice problem={pages.problem} onRetry={pages.reload} />
      {pages.total === 0 && <p class="quiet">{t.none}</p>}
      {pages.total !== undefined && pages.total > 0 && (
        <VirtualList
          label={t.entries}
          className="plan-rows"
          rowHeights={ROW_HEIGHTS}
          total={pages.total}
          onSeen={pages.want}
          columns={[
            { id: 'path', name: t.path },
            { id: 'action', name: t.action },
          ]}
          row={(index) => {
            const entry = pages.at(index);
            return entry && [<Path key="path" entry={entry} />, <ActionBadge key="action" entry={entry} />];
          }}
        />
      )}
      {unlisted > 0 && <p class="quiet">{t.unlisted(counted(unlisted))}</p>}
    </>
  );
};

/** As in a tree: the folders before the name are quiet. */
const Path = ({ entry: { path, component } }: { entry: PlannedEntry }) => {
  const text = visible(path);
  const slash = text.replace(/\/$/, '').lastIndexOf('/') + 1;
  return (
    <span class="path clipped" title={text}>
      <span class="quiet">
        {visible(component)} / {text.slice(0, slash)}
      </span>
      {text.slice(slash)}
    </span>
  );
};

const ActionBadge = ({ entry: { action, reason } }: { entry: PlannedEntry }) => (
  <span class="clipped" title={visible(reason ?? '')}>
    <span class={`badge ${tones[action]}`}>{planWords()[action]}</span>{' '}
    {reason !== undefined && <span class="quiet">{visible(reason)}</span>}
  </span>
);
