import { useState } from 'preact/hooks';
import { visible } from '../../../model/text/visible-text.ts';
import { Icon } from '../../parts/icons.tsx';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { Time } from '../../parts/time.tsx';
import { to } from '../../routing.ts';
import { counted } from '../../shown/times.ts';
import { words as shared } from '../../words/shared.ts';
import type { Standing } from './standing.ts';
import { words } from './words.ts';

const tones = { green: 'good', amber: 'attention', red: 'bad' } as const;
const worst = { red: 0, amber: 1, green: 2 } as const;

/** The table shows at most so many components at first. */
const SHOWN = 15;

/** The components in the order of the configuration. If they are too many, those in the worst state come first. */
export const Components = ({
  standings,
  isOfDomains,
}: {
  standings: readonly Standing[];
  isOfDomains: boolean;
}) => {
  const t = words();
  const [isWhole, setIsWhole] = useState(false);
  const isLong = standings.length > SHOWN;
  const ordered = isLong ? standings.toSorted((a, b) => worst[a.point] - worst[b.point]) : standings;
  return (
    <section class="card stack" aria-labelledby="components">
      <h2 id="components">{t.components}</h2>
      <StackedTable columns={[shared().component, t.point, t.lastGood, t.lastVerified]}>
        {(isWhole ? ordered : ordered.slice(0, SHOWN)).map((standing) => (
          <Component
            key={standing.component.id}
            standing={standing}
            never={isOfDomains ? t.redOwn : t.redNever}
          />
        ))}
      </StackedTable>
      {isLong && !isWhole && (
        <div>
          <button type="button" onClick={() => setIsWhole(true)}>
            {t.showAll(counted(standings.length))}
          </button>
        </div>
      )}
    </section>
  );
};

const Component = ({
  standing: { component, good, verified, partly, point },
  never,
}: {
  standing: Standing;
  /** The text for a component without any backup. */
  never: string;
}) => {
  const t = words();
  return (
    <tr>
      <th scope="row">
        <span class="name">{visible(component.id)}</span>
        <span class="quiet break">
          {visible(component.kind)} · {visible(component.target)}
        </span>
      </th>
      <td data-name={t.point}>
        <span class={`badge ${tones[point]}`}>
          <Icon name={tones[point]} />
          {point !== 'red' || good !== undefined ? t[point] : partly === undefined ? never : t.redPartly}
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
  );
};
