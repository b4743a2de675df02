/** The answer that an issuer puts into the address of this page when it sends the browser back. */

/** The address of this page, as the issuer knows it. */
export const pageAddress = (): string => new URL('./', document.baseURI).href;

/** Takes the answer out of the address, so that neither a reload nor a bookmark sends it again. */
const takeFromAddress = (): string | undefined => {
  const { search, hash, pathname } = window.location;
  if (!new URLSearchParams(search).has('state')) return undefined;
  window.history.replaceState(null, '', pathname + hash);
  return search;
};

/** Taken at once, before the page shows anything. */
let answer = takeFromAddress();

export const hasIssuerAnswer = (): boolean => answer !== undefined;

/** Gives the answer out, once. */
export const takeIssuerAnswer = (): string | undefined => {
  const taken = answer;
  answer = undefined;
  return taken;
};
