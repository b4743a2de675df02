import type { ComponentChildren } from 'preact';
import { visible } from '../../../model/text/visible-text.ts';
import { Icon } from '../icons.tsx';

/** Where an entry is: the folders before its name are quiet, and give way where room is short. */
export const EntryPath = ({
  component,
  path,
  icon,
  children,
}: {
  readonly component: string;
  readonly path: string;
  readonly icon?: 'file' | 'folder';
  /** What else is to be said of it. */
  readonly children?: ComponentChildren;
}) => {
  const text = visible(path).replace(/\/$/, '');
  const slash = text.lastIndexOf('/') + 1;
  // The folder of the component itself.
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
