/** The entries of a plan as a tree. Each folder knows what would happen in it. */
import type { PlannedEntry } from '../../../model/records/restore.ts';

export type Action = PlannedEntry['action'];
export const actions = ['refuse', 'drop', 'overwrite', 'create', 'skip'] as const satisfies readonly Action[];
export type Counts = Readonly<Partial<Record<Action, number>>>;

export interface PlanNode {
  /** The component and the path, as one text. */
  readonly key: string;
  readonly name: string;
  /** Undefined for a folder that the plan does not name itself. */
  readonly entry: PlannedEntry | undefined;
  /** How many entries have each action: this one and all below it. */
  readonly counts: Counts;
  readonly children: readonly PlanNode[];
}

interface Growing {
  readonly key: string;
  readonly name: string;
  entry: PlannedEntry | undefined;
  readonly counts: Partial<Record<Action, number>>;
  readonly children: Map<string, Growing>;
}

const growing = (key: string, name: string): Growing => ({
  key,
  name,
  entry: undefined,
  counts: {},
  children: new Map(),
});

const childOf = (parent: Growing, name: string): Growing => {
  const known = parent.children.get(name);
  if (known !== undefined) return known;
  const child = growing(`${parent.key}/${name}`, name);
  parent.children.set(name, child);
  return child;
};

/**
 * One root for each component, all in the order of the plan.
 *
 * @param hasFolders whether a `/` in the names of a component separates folders; in a database it is a letter like any
 * other
 */
export const planTree = (
  entries: readonly PlannedEntry[],
  hasFolders: (component: string) => boolean,
): readonly PlanNode[] => {
  const roots = new Map<string, Growing>();
  for (const entry of entries) {
    const { component, path, action } = entry;
    const root = roots.get(component) ?? growing(component, component);
    roots.set(component, root);
    const names = hasFolders(component) ? path.replace(/\/$/, '').split('/') : [path];
    let node = root;
    const passed = [root];
    // The path `.` is the folder of the component itself, which is the root.
    if (path !== '.' && path !== './')
      for (const name of names) {
        node = childOf(node, name);
        passed.push(node);
      }
    node.entry = entry;
    for (const one of passed) one.counts[action] = (one.counts[action] ?? 0) + 1;
  }
  return [...roots.values()].map(grown);
};

const grown = ({ children, ...node }: Growing): PlanNode => ({
  ...node,
  children: [...children.values()].map(grown),
});

/** The tree with only what has this action, and the folders above it. */
export const onlyOf = (nodes: readonly PlanNode[], action: Action): readonly PlanNode[] =>
  nodes
    .filter(({ counts }) => counts[action] !== undefined)
    .map((node) => ({
      ...node,
      entry: node.entry?.action === action ? node.entry : undefined,
      counts: { [action]: node.counts[action] },
      children: onlyOf(node.children, action),
    }));

export interface PlanRow {
  readonly node: PlanNode;
  /** 0 for a component. */
  readonly depth: number;
  readonly isFolder: boolean;
  readonly isOpen: boolean;
}

/** The rows of the tree: all but those in a closed folder. */
export const rowsOf = (
  nodes: readonly PlanNode[],
  isOpen: (node: PlanNode, depth: number) => boolean,
  depth = 0,
): PlanRow[] =>
  nodes.flatMap((node) => {
    const isFolder = depth === 0 || node.children.length > 0;
    const open = isFolder && isOpen(node, depth);
    const row = { node, depth, isFolder, isOpen: open };
    return open ? [row, ...rowsOf(node.children, isOpen, depth + 1)] : [row];
  });
