/** What an issuer put behind this page's address when it sent the browser back. */

/** The page itself, as the issuer knows it. */
export const pageAddress = (): string => new URL('./', document.baseURI).href;

/** Takes the answer out of the address, so that neither a reload nor a bookmark sends it again. */
const takeFromAddress = (): string | undefined => {
  const { search, hash, pathname } = window.location;
  if (!new URLSearchParams(search).has('state')) return undefined;
  window.history.replaceState(null, '', pathname + hash);
  return search;
};

/** Looked at once, before anything is shown. */
let answer = takeFromAddress();

export const hasIssuerAnswer = (): boolean => answer !== undefined;

/** It counts once. */
export const takeIssuerAnswer = (): string | undefined => {
  const taken = answer;
  answer = undefined;
  return taken;
};
