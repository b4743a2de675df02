/**
 * Checks incoming messages that are signed by Standard Webhooks (https://www.standardwebhooks.com), as our outgoing
 * ones are.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isSignedBy } from '../../archive/keys/signature.ts';
import { HoldfastError } from '../../model/errors.ts';
import { parseWebhookKey, signedText } from '../../model/notices/webhook-key.ts';

/** The three headers, and the unchanged bytes. */
export interface SignedMessage {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  readonly body: Uint8Array;
}

/**
 * How far a message's time may differ from ours: an older message may be a copy that somebody sends again, and a later
 * one is from a wrong clock.
 */
const WINDOW_SECONDS = 300;
/** The most keys: a sender that changes its secret has two. */
const MOST_SIGNATURES = 8;
/**
 * Checks that one of the keys has signed exactly these bytes, under this id and time.
 *
 * @throws `config_invalid` for a text that is not a key; the message does not repeat it
 */
export const isMessageSigned = (
  { id, timestamp, signature, body }: Required<SignedHeaders> & Pick<SignedMessage, 'body'>,
  keys: readonly string[],
): boolean => {
  const signed = signedText(id, timestamp, body);
  const found = signature.split(' ').slice(0, MOST_SIGNATURES);
  // Every key is tried, so that the time does not show which one was right.
  return keys.map((key) => isSignedByKey(signed, found, key)).some((is) => is);
};

interface SignedHeaders {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

const isSignedByKey = (signed: Buffer, found: readonly string[], text: string): boolean => {
  const key = parseWebhookKey(text);
  const given = (version: string): Buffer[] =>
    found.flatMap((one) => {
      const [is, base64, ...rest] = one.split(',');
      return is === version && base64 !== undefined && rest.length === 0
        ? [Buffer.from(base64, 'base64')]
        : [];
    });
  if (key?.kind === 'whsec') {
    const wanted = createHmac('sha256', key.bytes).update(signed).digest();
    return given('v1').some((one) => one.length === wanted.length && timingSafeEqual(one, wanted));
  }
  if (key?.kind === 'whpk') {
    const verifyKey = key.bytes.toString('base64');
    return given('v1a').some((one) => isSignedBy(signed, one.toString('base64'), verifyKey));
  }
  throw new HoldfastError(
    'config_invalid',
    'a secret of a trigger has an unknown form: write whsec_ and 24 to 64 bytes as base64 for HMAC, or whpk_ and an Ed25519 public key of 32 bytes as base64',
  );
};

/**
 * The headers of a message that is in time.
 *
 * @throws `unauthorized`, which says what is missing or too old
 */
export const requireInTime = ({ id, timestamp, signature }: SignedMessage, now: Date): SignedHeaders => {
  if (id === undefined || !/^[!-~]{1,256}$/.test(id))
    throw refused('the header webhook-id is missing, or is not an id of 1 to 256 characters');
  if (timestamp === undefined || !/^\d{1,11}$/.test(timestamp))
    throw refused('the header webhook-timestamp is missing, or is not a number of seconds');
  if (signature === undefined || signature === '') throw refused('the header webhook-signature is missing');
  const seconds = Math.abs(now.getTime() / 1000 - Number(timestamp));
  if (seconds > WINDOW_SECONDS)
    throw refused(
      `its timestamp ${timestamp} differs from the clock here by ${Math.round(seconds)} s, and at most ${WINDOW_SECONDS} are allowed; check the clocks, and sign it again`,
    );
  return { id, timestamp, signature };
};

const refused = (why: string): HoldfastError =>
  new HoldfastError('unauthorized', `the message is not signed as Standard Webhooks prescribes: ${why}`);
