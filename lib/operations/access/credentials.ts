/** The headers of a request that say who sends it. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  /** A header that our own page sends with every request. */
  readonly 'holdfast-page'?: string | undefined;
  /** Browsers say here whose page asks. */
  readonly 'sec-fetch-site'?: string | undefined;
  /** The request's method. Without one, a cookie is checked as for a request that changes something. */
  readonly method?: string | undefined;
}
