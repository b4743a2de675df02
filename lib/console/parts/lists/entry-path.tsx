import type { ComponentChildren } from 'preact';
import { visible } from '../../../model/text/visible-text.ts';
import { Icon } from '../icons.tsx';

/** The path of an entry. Its folders are grey, and are shortened first where there is no room for all. */
export const EntryPath = ({
  component,
  path,
  icon,
  children,
}: {
  readonly component: string;
  readonly path: string;
  readonly icon?: 'file' | 'folder';
  /** What else the row says of the entry. */
  readonly children?: ComponentChildren;
}) => {
  const text = visible(path).replace(/\/$/, '');
  const slash = text.lastIndexOf('/') + 1;
  // This entry is the folder of the component itself.
  const isWhole = text === '.';
  return (
    <span class="path" title={`${visible(component)} / ${text}`}>
      {icon !== undefined && <Icon name={icon} />}
      {!isWhole && (
        <span class="folders quiet">
          {visible(component)} / <bdi>{text.slice(0, slash)}</bdi>
        </span>
      )}
      <bdi>{isWhole ? visible(component) : text.slice(slash)}</bdi>
      {children}
    </span>
  );
};
