import type { ComponentChildren } from 'preact';
import { visible } from '../../../model/text/visible-text.ts';
import { counted } from '../../shown/times.ts';

interface SkippedListProps {
  readonly title: string;
  /** All of them; the list names the first. */
  readonly count: number;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** What stands behind those that are named. */
  readonly children?: ComponentChildren;
}

/** What was left out, each with its reason, folded away. */
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
