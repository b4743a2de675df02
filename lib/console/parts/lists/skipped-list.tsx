import type { ComponentChildren } from 'preact';
import { visible } from '../../../model/text/visible-text.ts';
import { counted } from '../../shown/times.ts';

interface SkippedListProps {
  readonly title: string;
  /** The number of all skipped entries; the list names only the first of them. */
  readonly count: number;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** What follows the named entries. */
  readonly children?: ComponentChildren;
}

/** What was skipped, each with its reason. The list is folded at first. */
export const SkippedList = ({ title, count, skipped, children }: SkippedListProps) => (
  <details>
    <summary>
      {title} ({counted(count)})
    </summary>
    <ul class="paths">
      {skipped.map(({ path, reason }) => (
        <li key={path}>
          <code class="break">{visible(path)}</code> <span class="quiet">{visible(reason)}</span>
        </li>
      ))}
      {children}
    </ul>
  </details>
);
