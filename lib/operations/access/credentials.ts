/** What of a request says who sends it. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  /** Sent by our own page with every request. */
  readonly 'holdfast-page'?: string | undefined;
  /** Browsers say here whose page asks. */
  readonly 'sec-fetch-site'?: string | undefined;
  /** Without one, a cookie is taken as if it changed something. */
  readonly method?: string | undefined;
}
