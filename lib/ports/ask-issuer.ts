export interface IssuerRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/**
 * Sends a request to an issuer of tokens: by https, or by http on this machine only. Does not follow redirects, limits
 * the answer in time and size, and returns it whole.
 *
 * @throws HoldfastError `unavailable` when there is no answer
 */
export type AskIssuer = (url: string, request: IssuerRequest) => Promise<Response>;
