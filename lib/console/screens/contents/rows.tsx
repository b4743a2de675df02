import type { ComponentChildren } from 'preact';
import { formatBytes } from '../../../model/text/byte-count.ts';
import { visible } from '../../../model/text/visible-text.ts';
import type { Entry } from '../../api/calls.ts';
import { EntryPath } from '../../parts/lists/entry-path.tsx';
import { VirtualList } from '../../parts/lists/virtual-list.tsx';
import { zonedTime } from '../../shown/times.ts';
import { words as shared } from '../../words/shared.ts';
import { words } from './words.ts';

const ROW_HEIGHTS = { wide: 40, tall: 64 };

/** Makes the download button beside a file. */
export type FileButton = (entry: Entry) => ComponentChildren;

export const EntryRows = ({
  total,
  at,
  onSeen,
  file,
}: {
  total: number;
  at: (index: number) => Entry | undefined;
  onSeen?: (first: number, last: number) => void;
  file: FileButton;
}) => {
  const t = words();
  return (
    <VirtualList
      className="entry-rows"
      label={t.of}
      rowHeights={ROW_HEIGHTS}
      total={total}
      {...(onSeen !== undefined && { onSeen })}
      columns={[
        { id: 'path', name: t.path },
        { id: 'size', name: shared().size },
        { id: 'changed', name: t.changed },
        { id: 'get', name: t.file },
      ]}
      row={(index) => {
        const entry = at(index);
        if (entry === undefined) return undefined;
        const isFolder = entry.type === 'directory';
        return [
          <EntryPath
            key="path"
            component={entry.component}
            path={entry.path}
            icon={isFolder ? 'folder' : 'file'}
          >
            {entry.link !== undefined && <span class="quiet">→ {visible(entry.link)}</span>}
            {entry.changed === true && <span class="quiet">({t.whileRead})</span>}
          </EntryPath>,
          isFolder ? '' : formatBytes(entry.size),
          entry.mtime === undefined ? '' : zonedTime(entry.mtime),
          isFolder || entry.type === 'symlink' ? '' : file(entry),
        ];
      }}
    />
  );
};
