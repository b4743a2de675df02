/** What a restore would do: all of it counted, and as much listed as a person reads. */
import { shortened } from '../../shown-text.ts';

export const planActions = ['create', 'overwrite', 'skip', 'refuse'] as const;
export type PlanAction = (typeof planActions)[number];

export interface PlannedEntry {
  /** A text for people; a long one is shortened in its middle. */
  readonly path: string;
  readonly action: PlanAction;
  readonly reason?: string;
}

/** Most entries listed for a component; all are counted. */
export const MAX_LISTED_ENTRIES = 10_000;
export const MAX_LISTED_CHARACTERS = 1024 * 1024;

/** Approximate characters that an entry takes as JSON. */
export const plannedCharacters = ({
  path,
  reason = '',
}: {
  path: string;
  reason?: string | undefined;
}): number => 40 + path.length + reason.length;

/** Entries in the order in which they came, as far as there is room. */
class BoundedList {
  readonly entries: PlannedEntry[] = [];
  #characters = 0;
  #full = false;

  get isFull(): boolean {
    return this.#full;
  }

  add(entry: PlannedEntry): void {
    if (this.#full) return;
    this.#characters += plannedCharacters(entry);
    this.#full = this.entries.length === MAX_LISTED_ENTRIES || this.#characters > MAX_LISTED_CHARACTERS;
    if (!this.#full) this.entries.push(entry);
  }
}

export class PlanList {
  readonly counts: Record<PlanAction, number> = { create: 0, overwrite: 0, skip: 0, refuse: 0 };
  readonly #refused = new BoundedList();
  readonly #leftOut = new BoundedList();
  readonly #others = new BoundedList();
  readonly #shown: (path: string) => string;

  /** @param shown makes a path into a text of bounded length for people; called for listed paths only */
  constructor(shown: (path: string) => string = shortened) {
    this.#shown = shown;
  }

  add(path: string, action: PlanAction, reason?: string): void {
    this.#add(action === 'refuse' ? this.#refused : this.#others, path, action, reason);
  }

  /** Adds an entry that the target cannot have: it is skipped, and named before the restored ones. */
  addLeftOut(path: string, reason: string): void {
    this.#add(this.#leftOut, path, 'skip', reason);
  }

  #add(list: BoundedList, path: string, action: PlanAction, reason: string | undefined): void {
    this.counts[action] += 1;
    if (list.isFull) return;
    const shown = { path: this.#shown(path), action };
    list.add(reason === undefined ? shown : { ...shown, reason: shortened(reason) });
  }

  /** Refused entries come first, then those left out. */
  get entries(): PlannedEntry[] {
    const all = new BoundedList();
    for (const { entries } of [this.#refused, this.#leftOut, this.#others])
      for (const entry of entries) all.add(entry);
    return all.entries;
  }
}
