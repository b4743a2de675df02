import { visible } from '../../../model/text/visible-text.ts';
import { Icon } from '../../parts/icons.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import { words as shared } from '../../words/shared.ts';
import type { Standing } from './standing.ts';
import { words } from './words.ts';

const tones = { green: 'good', amber: 'attention', red: 'bad' } as const;

export const Components = ({ standings }: { standings: readonly Standing[] }) => {
  const t = words();
  return (
    <section class="card" aria-labelledby="components">
      <h2 id="components">{t.components}</h2>
      <table class="stacked">
        <thead>
          <tr>
            <th scope="col">{shared().component}</th>
            <th scope="col">{t.point}</th>
            <th scope="col">{t.lastGood}</th>
            <th scope="col">{t.lastVerified}</th>
          </tr>
        </thead>
        <tbody>
          {standings.map(({ component, good, verified, point }) => (
            <tr key={component.id}>
              <th scope="row">
                <span class="name">{visible(component.id)}</span>
                <span class="quiet break">
                  {visible(component.kind)} · {visible(component.target)}
                </span>
              </th>
              <td data-name={t.point}>
                <span class={`badge ${tones[point]}`}>
                  <Icon name={tones[point]} />
                  {point === 'red' && good === undefined ? t.redNever : t[point]}
                </span>
              </td>
              <td data-name={t.lastGood}>
                {good === undefined ? (
                  <Time at={null} />
                ) : (
                  <a href={to(`/backups/${good.id}`)} class="time-link">
                    <Time at={good.createdAt} />
                  </a>
                )}
              </td>
              <td data-name={t.lastVerified}>
                <Time at={verified?.verifiedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};
