/** What a restore would do, or has done: as numbers for each component, and entry by entry. */
import type { RestoreRecord } from '../../../model/records/restore.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { useMay } from '../../screen.ts';
import { counted } from '../../shown/times.ts';
import { Notice } from '../notice.tsx';
import { PlanEntries } from './plan-entries.tsx';
import { actions } from './plan-tree.ts';
import { actionTones, planWords } from './plan-words.ts';

export const PlanView = ({ restore }: { restore: RestoreRecord }) => {
  const t = planWords();
  const may = useMay();
  const { plan } = restore;
  if (plan === null) return null;
  const planned = Object.entries(plan);
  return (
    <section class="card plan" aria-labelledby="plan">
      <h2 id="plan">{restore.dryRun ? t.plan : t.planned}</h2>
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
                  <span key={action} class={`badge ${actionTones[action]}`}>
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
      {may('restore.plan') && <PlanEntries restore={restore} />}
    </section>
  );
};
