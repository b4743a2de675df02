/** A random generator (mulberry32), so that a printed seed repeats a run exactly. */
export const randomFrom = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
};

/** The seed of this run; `SEED=n npm test ...` repeats a failed one. */
export const testSeed = (): number => {
  const given = Number(process.env.SEED);
  return Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 31);
};

/** Divides bytes into pieces of 1 to `longest` bytes, with an occasional empty piece. */
export function* piecesOf(
  bytes: Uint8Array,
  random: (below: number) => number,
  longest: number,
): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const length = random(8) === 0 ? 0 : 1 + random(longest);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}
