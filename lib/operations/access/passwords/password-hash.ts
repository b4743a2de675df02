/**
 * Passwords of people are kept as what scrypt derives from them, with the costs in the same text: they can be raised
 * later, and a person who then signs in gets a new hash. The costs are those that OWASP names for scrypt (2026).
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { normalPassword } from '../../../model/access/password.ts';
import { HoldfastError } from '../../../model/errors.ts';

interface Costs {
  /** Logarithm of N, to the base of two. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 128 MiB, and about half a second of a processor. */
const COSTS: Costs = { ln: 17, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** The highest costs that a record may ask for: Holdfast writes no record with more. */
const MOST: Costs = { ln: 20, r: 16, p: 4 };

const textOf = ({ ln, r, p }: Costs, salt: Buffer, hash: Buffer): string =>
  `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;

const HASH_TEXT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9_-]{16,64})\$([A-Za-z0-9_-]{43})$/;

interface Kept {
  readonly costs: Costs;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const keptOf = (text: string): Kept => {
  const [, ln, r, p, salt = '', hash = ''] = HASH_TEXT.exec(text) ?? [];
  const costs = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (!(costs.ln <= MOST.ln && costs.r <= MOST.r && costs.p <= MOST.p))
    throw new RangeError('the hash of a password in the catalog does not have the form that Holdfast writes');
  return { costs, salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') };
};

/** The hash to compare with when there is no password, so that the check takes as long as with one. */
const NOBODYS: Kept = { costs: COSTS, salt: Buffer.alloc(SALT_BYTES), hash: Buffer.alloc(HASH_BYTES) };

/** Hashes that are derived at once in this process; each holds 128 MiB. */
const AT_ONCE = 2;
/** Derivations that may wait for their turn; each waits half a second for each before it, and more would be a flood. */
const MOST_WAITING = 16;
let running = 0;
const waiting: (() => void)[] = [];

const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
  if (running >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING)
      throw new HoldfastError(
        'unavailable',
        'too many people are signing in at the same time; try again in a few seconds',
      );
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
};

const derive = (password: string, salt: Buffer, { ln, r, p }: Costs): Promise<Buffer> =>
  inTurn(
    () =>
      new Promise((resolve, reject) => {
        const N = 2 ** ln;
        scrypt(
          normalPassword(password),
          salt,
          HASH_BYTES,
          { N, r, p, maxmem: 128 * r * (N + p + 2) },
          (thrown, hash) => (thrown === null ? resolve(hash) : reject(thrown)),
        );
      }),
  );

export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(SALT_BYTES);
  return textOf(COSTS, salt, await derive(password, salt, COSTS));
};

/** Whether this is the password of the hash. The check takes the same time when there is no hash. */
export const isPassword = async (password: string, kept: string | null | undefined): Promise<boolean> => {
  const { costs, salt, hash } = kept == null ? NOBODYS : keptOf(kept);
  return timingSafeEqual(await derive(password, salt, costs), hash) && kept != null;
};

/** Whether the hash costs a guesser less than a new one would. */
export const isOutdatedHash = (kept: string): boolean => {
  const { costs } = keptOf(kept);
  return costs.ln < COSTS.ln || costs.r < COSTS.r || costs.p < COSTS.p;
};
