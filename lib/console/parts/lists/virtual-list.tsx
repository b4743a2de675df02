// biome-ignore-all lint/a11y/useSemanticElements: rows that are not there yet cannot stand in a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: the rows are only read; what is in them takes the focus
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls the list by the keyboard
/** A list of any length. Only the rows in sight are made, and only their pages are fetched. */
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { TELEPHONE, useNarrow } from '../narrow.ts';

const SPARE_ROWS = 8;

export interface VirtualListProps {
  readonly label: string;
  /** The columns in their order. The id is also the class of their cells. */
  readonly columns: readonly { readonly id: string; readonly name: string }[];
  readonly total: number;
  /** The height of each row in pixels: `tall` on a telephone, where the parts of a row are below each other. */
  readonly rowHeights: { readonly wide: number; readonly tall: number };
  /** The cells of a row, one for each column; undefined while the row is being fetched. */
  readonly row: (index: number) => readonly ComponentChildren[] | undefined;
  /** Called with the first and the last row in sight, so that they can be fetched. */
  readonly onSeen?: (first: number, last: number) => void;
  readonly className: string;
}

/** The first and the last row that are in sight now. */
const useRowsInSight = (box: RefObject<HTMLElement | null>, rowHeight: number) => {
  const [seen, setSeen] = useState({ first: 0, last: 30 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const look = (): void => {
      const first = Math.floor(element.scrollTop / rowHeight);
      const last = Math.ceil((element.scrollTop + element.clientHeight) / rowHeight);
      setSeen((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const sized = new ResizeObserver(look);
    sized.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      sized.disconnect();
    };
  }, [rowHeight]);
  return seen;
};

export const VirtualList = (props: VirtualListProps) => {
  const { label, columns, total, rowHeights, onSeen, className } = props;
  const box = useRef<HTMLDivElement>(null);
  const isTall = useNarrow(TELEPHONE);
  const rowHeight = isTall ? rowHeights.tall : rowHeights.wide;
  const seen = useRowsInSight(box, rowHeight);
  const first = Math.max(0, Math.min(seen.first - SPARE_ROWS, total - 1));
  const last = Math.min(total - 1, seen.last + SPARE_ROWS);
  // The rows in sight are what this depends on.
  useEffect(() => {
    if (total > 0) onSeen?.(first, last);
  }, [first, last, total]);
  const rows = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return (
    <div
      class={`virtual ${className}${isTall ? ' tall' : ''}`}
      ref={box}
      tabIndex={0}
      role="table"
      aria-label={label}
      aria-rowcount={total + 1}
    >
      <div role="rowgroup" class="virtual-head">
        <div role="row" aria-rowindex={1} class="virtual-row">
          {columns.map(({ id, name }) => (
            <span key={id} role="columnheader" class={`cell ${id}`}>
              {name}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="virtual-body" style={{ height: `${total * rowHeight}px` }}>
        {rows.map((index) => (
          <Row key={index} list={props} index={index} height={rowHeight} />
        ))}
      </div>
    </div>
  );
};

interface RowProps {
  readonly list: VirtualListProps;
  readonly index: number;
  readonly height: number;
}

const Row = ({ list: { columns, row }, index, height }: RowProps) => {
  const cells = row(index);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      class="virtual-row"
      style={{ top: `${index * height}px`, height: `${height}px` }}
    >
      {columns.map(({ id }, place) => (
        <span key={id} role="cell" class={`cell ${id}`}>
          {cells === undefined ? <span class="awaited" /> : cells[place]}
        </span>
      ))}
    </div>
  );
};
