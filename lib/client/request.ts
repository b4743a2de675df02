/** A call as what `fetch` takes. */
import type { Call, Headers as CallHeaders } from './call.ts';

/** Where a call goes. `base` is the address of the installation, with or without a slash at its end. */
export const addressOf = (base: string, { path, query = {} }: Call<unknown>): URL => {
  const url = new URL(`${base.replace(/\/$/, '')}${path}`);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
};

export interface Sent {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: string;
}

/** What is sent there; `own` are the headers of whoever sends it, which those of the call go before. */
export const requestOf = ({ method, body, headers = {} }: Call<unknown>, own: CallHeaders): Sent => {
  // Names of headers are compared without their case.
  const sent = new Headers(own);
  if (body !== undefined) sent.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(headers)) sent.set(name, value);
  return { method, headers: sent, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
};

const ATTEMPTS = 3;
const PAUSE_MILLISECONDS = 200;

/**
 * Sends it; a repeatable one again, a few times, where `isLost` says of the error that no answer came. Whether the request
 * arrived is then not known.
 */
export const sendAgain = async <R>(
  { repeatable }: Call<unknown>,
  send: () => Promise<R>,
  isLost: (thrown: unknown) => boolean,
): Promise<R> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (thrown) {
      if (!repeatable || attempt === ATTEMPTS || !isLost(thrown)) throw thrown;
      await pause(PAUSE_MILLISECONDS * attempt);
    }
  }
};

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
