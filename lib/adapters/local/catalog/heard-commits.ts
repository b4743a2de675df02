/** Counts the commits of this process's catalog, and wakes callers that wait for one. */
import type { Change, CommitOptions } from '../../../ports/catalog/catalog.ts';
import type { Changes } from '../../../ports/catalog/changes.ts';
import type { RecordKind } from '../../../ports/catalog/records.ts';

/** Records that are written with every request, even a reading one: they wake nobody. */
const besides: readonly RecordKind[] = [
  'audit',
  'auditBlock',
  'auditHead',
  'auditSeal',
  'auditPending',
  'tokenUse',
];
/** Records that no list shows; they still wake callers, because somebody may have lost access. */
const unseen: readonly RecordKind[] = [...besides, 'session', 'passwordAttempts', 'idempotency'];

export class HeardCommits implements Changes {
  /** Different in each process, because a new process counts from 0. */
  readonly #start = crypto.randomUUID().slice(0, 8);
  readonly #waiting = new Set<() => void>();
  #records = 0;
  #progress = 0;
  #unseen = 0;

  get position(): number {
    return this.#records + this.#progress + this.#unseen;
  }

  get records(): string {
    return `${this.#start}-${this.#records}`;
  }

  get progress(): string {
    return `${this.#start}-${this.#progress}`;
  }

  /**
   * An operation that writes while it holds the lock only makes progress; lists show when the lock is taken or freed.
   */
  note(changes: readonly Change[], { under, own, release = false }: CommitOptions = {}): void {
    const areAll = (kinds: readonly RecordKind[]): boolean =>
      changes.length > 0 && changes.every((one) => kinds.includes('put' in one ? one.put : one.remove));
    if (areAll(besides)) return;
    const isOnItsWay = (under !== undefined || own !== undefined) && !release;
    if (areAll(unseen)) this.#unseen += 1;
    else if (isOnItsWay) this.#progress += 1;
    else this.#records += 1;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  after(position: number, signal: AbortSignal): Promise<void> {
    if (this.position > position || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
