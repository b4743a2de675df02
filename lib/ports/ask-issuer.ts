export interface IssuerRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/**
 * A request to an issuer of tokens: by https, or by http on this machine alone. Redirects are not followed, the answer is
 * bounded in time and size, and it comes whole.
 *
 * @throws HoldfastError `unavailable` when there is no answer
 */
export type AskIssuer = (url: string, request: IssuerRequest) => Promise<Response>;
