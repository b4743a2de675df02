/** Tokens and domains. */
import type { DomainView, TokenView } from '../../model/records/access.ts';
import type { CreateTokenRequest } from '../../model/requests/access.ts';
import type { Page } from '../../model/requests/page.ts';
import { at, type Call, type Given, get, type Paging, post, remove } from '../call.ts';

export const tokens = (paging: Paging = {}): Call<Page<TokenView>> => get('/v1/tokens', { ...paging });
export const token = (id: string): Call<TokenView> => get(`/v1/tokens/${at(id)}`);
export const createToken = (body: Given<CreateTokenRequest>): Call<TokenView & { readonly token: string }> =>
  post('/v1/tokens', body);
export const revokeToken = (id: string, body?: { readonly children: boolean }): Call<void> =>
  remove(`/v1/tokens/${at(id)}`, body);

export const domains = (paging: Paging = {}): Call<Page<DomainView>> => get('/v1/domains', { ...paging });
export const domain = (name: string): Call<DomainView> => get(`/v1/domains/${at(name)}`);
export const createDomain = (name: string): Call<DomainView> => post('/v1/domains', { name });
export const eraseDomain = (name: string, deleteKeys: boolean): Call<void> =>
  remove(`/v1/domains/${at(name)}`, { deleteKeys });
