/** A plan entry by entry, as a tree whose folders open and close. */
import { useMemo, useState } from 'preact/hooks';
import type { PlannedEntry, RestoreRecord } from '../../../model/records/restore.ts';
import { visible } from '../../../model/text/visible-text.ts';
import { readPlan } from '../../api/calls.ts';
import { useLive } from '../../api/live.ts';
import { counted } from '../../shown/times.ts';
import { Select } from '../forms/field.tsx';
import { Icon } from '../icons.tsx';
import { VirtualList } from '../lists/virtual-list.tsx';
import { Loading, ProblemNotice } from '../notice.tsx';
import { type Action, actions, onlyOf, type PlanRow, planTree, rowsOf } from './plan-tree.ts';
import { actionTones, planWords } from './plan-words.ts';

const ROW_HEIGHTS = { wide: 40, tall: 68 };
const AT_ONCE = 1000;
/** The tree of a plan with at most so many entries is open at first. */
const OPEN_AT_FIRST = 150;
/** In a longer plan, the components are open at first if there are at most so many. */
const COMPONENTS_OPEN = 5;

/** Kinds of components without folders: a `/` in the name of a table separates nothing. */
const flatKinds: readonly string[] = ['postgres', 'dynamodb'];

export const PlanEntries = ({ restore: { id, components } }: { restore: RestoreRecord }) => {
  const t = planWords();
  const [only, setOnly] = useState<Action | ''>('');
  const live = useLive(
    async (signal) => {
      const read: PlannedEntry[] = [];
      for (;;) {
        const page = await readPlan(id, { skip: read.length, limit: AT_ONCE }, signal);
        read.push(...page.resources);
        if (page.resources.length === 0 || read.length >= page.total)
          return { entries: read, unlisted: page.unlisted };
      }
    },
    [id],
  );
  const { entries = [], unlisted = 0 } = live.value ?? {};
  const tree = useMemo(
    () => planTree(entries, (component) => !flatKinds.includes(components[component]?.kind ?? '')),
    [entries],
  );
  const there = actions.filter((action) => tree.some(({ counts }) => counts[action] !== undefined));
  const shown = useMemo(() => (only === '' ? tree : onlyOf(tree, only)), [tree, only]);
  return (
    <>
      <div class="list-head">
        <h3>{t.entries}</h3>
        {there.length > 1 && (
          <Select
            label={t.action}
            value={only}
            onValue={(value) => setOnly(value as Action | '')}
            options={[['', t.allActions], ...there.map((one) => [one, t[one]] as const)]}
          />
        )}
      </div>
      <ProblemNotice problem={live.problem} onRetry={live.reload} />
      {live.value === undefined && live.problem === undefined && <Loading />}
      {live.value !== undefined && entries.length === 0 && <p class="quiet">{t.none}</p>}
      {shown.length > 0 && <Tree key={only} nodes={shown} size={entries.length} />}
      {unlisted > 0 && <p class="quiet">{t.unlisted(counted(unlisted))}</p>}
    </>
  );
};

const Tree = ({ nodes, size }: { nodes: ReturnType<typeof planTree>; size: number }) => {
  const t = planWords();
  /** The folders that somebody has opened or closed: they are not as they were at first. */
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const isOpenAtFirst = (depth: number): boolean =>
    size <= OPEN_AT_FIRST || (depth === 0 && nodes.length <= COMPONENTS_OPEN);
  const rows = rowsOf(nodes, ({ key }, depth) => isOpenAtFirst(depth) !== turned.has(key));
  const turn = (key: string): void => {
    const next = new Set(turned);
    if (!next.delete(key)) next.add(key);
    setTurned(next);
  };
  return (
    <VirtualList
      label={t.entries}
      className="plan-rows"
      rowHeights={ROW_HEIGHTS}
      total={rows.length}
      columns={[
        { id: 'path', name: t.path },
        { id: 'action', name: t.action },
      ]}
      row={(index) => {
        const row = rows[index];
        return (
          row && [
            <Name key="path" row={row} onTurn={() => turn(row.node.key)} />,
            <What key="action" row={row} />,
          ]
        );
      }}
    />
  );
};

const Name = ({
  row: {
    node: { key, name, entry },
    depth,
    isFolder,
    isOpen,
  },
  onTurn,
}: {
  row: PlanRow;
  onTurn: () => void;
}) => {
  const text = visible(name);
  const title = visible(entry === undefined ? key : `${entry.component} / ${entry.path}`);
  return (
    <span class="path" title={title} style={{ paddingInlineStart: `${Math.min(depth, 12) * 1.25}rem` }}>
      {isFolder ? (
        <button type="button" class="fold" aria-expanded={isOpen} onClick={onTurn}>
          <Icon name="fold" />
          <Icon name="folder" />
          <bdi class={depth === 0 ? 'name' : ''}>{text}</bdi>
        </button>
      ) : (
        <>
          <Icon name="file" />
          <bdi>{text}</bdi>
        </>
      )}
    </span>
  );
};

/** For an entry: what happens to it, and why. For a closed folder: how much happens in it. */
const What = ({ row: { node, isFolder, isOpen } }: { row: PlanRow }) => {
  const t = planWords();
  const { entry, counts } = node;
  if (isFolder && !isOpen)
    return (
      <span class="clipped counts">
        {actions.map((action) => {
          const n = counts[action];
          return n === undefined ? null : (
            <span key={action} class={`badge ${actionTones[action]}`}>
              {counted(n)} {t[action]}
            </span>
          );
        })}
      </span>
    );
  if (entry === undefined) return null;
  const reason = visible(entry.reason ?? '');
  return (
    <span class="clipped" title={reason}>
      <span class={`badge ${actionTones[entry.action]}`}>{t[entry.action]}</span>{' '}
      {reason !== '' && (
        <span class="quiet" lang="en">
          {reason}
        </span>
      )}
    </span>
  );
};
