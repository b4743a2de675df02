import type { ComponentBackup } from '../../../model/records/backup.ts';
import { formatBytes } from '../../../model/text/byte-count.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { SkippedList } from '../../parts/lists/skipped-list.tsx';
import { StackedTable } from '../../parts/lists/stacked-table.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Time } from '../../parts/time.tsx';
import { counted } from '../../shown/times.ts';
import { words as shared } from '../../words/shared.ts';
import { words } from './words.ts';

export const Parts = ({ components }: { components: Readonly<Record<string, ComponentBackup>> }) => {
  const t = words();
  return (
    <section class="card" aria-labelledby="parts">
      <h2 id="parts">{t.components}</h2>
      <StackedTable
        columns={[
          shared().component,
          shared().state,
          t.capturedAt,
          { numbers: t.entries },
          { numbers: shared().size },
        ]}
      >
        {Object.entries(components).map(([id, part]) => (
          <Part key={id} id={id} part={part} />
        ))}
      </StackedTable>
    </section>
  );
};

const Part = ({ id, part }: { id: string; part: ComponentBackup }) => {
  const t = words();
  const { kind, state, capturedAt, entries, sourceBytes, skippedCount } = part;
  return (
    <>
      <tr>
        <th scope="row">
          <span class="name">{visible(id)}</span>
          <span class="quiet">{visible(kind)}</span>
        </th>
        <td data-name={shared().state}>
          <StateBadge state={state} />
          {skippedCount > 0 && <span class="quiet"> {t.skippedCount(skippedCount)}</span>}
        </td>
        <td data-name={t.capturedAt}>
          <Time at={capturedAt} fallback="–" />
        </td>
        <td data-name={t.entries} class="number">
          {counted(entries)}
        </td>
        <td data-name={shared().size} class="number">
          {formatBytes(sourceBytes)}
        </td>
      </tr>
      <Remarks part={part} />
    </>
  );
};

/** A second row, for what went wrong with a component or is worth knowing of it. */
const Remarks = ({
  part: { shortError, skipped, skippedCount, warnings = [] },
}: {
  part: ComponentBackup;
}) => {
  const t = words();
  if (shortError === '' && skipped.length === 0 && warnings.length === 0) return null;
  return (
    <tr class="more">
      <td colSpan={5}>
        {shortError !== '' && <p class="wrong">{visible(shortError)}</p>}
        {skipped.length > 0 && (
          <SkippedList title={t.skipped} count={skippedCount} skipped={skipped}>
            {skippedCount > skipped.length && (
              <li class="quiet">{t.andMore(skippedCount - skipped.length)}</li>
            )}
          </SkippedList>
        )}
        {warnings.length > 0 && (
          <details>
            <summary>
              {t.warnings} ({warnings.length})
            </summary>
            <ul>
              {warnings.map((warning) => (
                <li key={warning}>{visible(warning)}</li>
              ))}
            </ul>
          </details>
        )}
      </td>
    </tr>
  );
};
