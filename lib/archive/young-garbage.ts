/**
 * The cipher of `node:crypto` gives its output in fresh buffers, outside of the heap, that V8 counts only roughly: a
 * thread that seals segments held up to 100 MB of dead ones. Collecting the young generation now and then frees them
 * at once, takes a millisecond, and makes room before new memory is asked for.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'minor' }) => void;
const isCollect = (value: unknown): value is Collect => typeof value === 'function';

let collect: Collect | undefined;

/** Frees what died young on this thread. Does nothing where the engine does not let us. */
export const collectYoungGarbage = (): void => {
  if (collect === undefined) {
    // The flag shows the function in contexts made from now on: in this one only, which is dropped.
    setFlagsFromString('--expose-gc');
    const found: unknown = runInNewContext('typeof gc === "function" ? gc : undefined');
    setFlagsFromString('--no-expose-gc');
    collect = isCollect(found) ? found : () => {};
  }
  collect({ type: 'minor' });
};
