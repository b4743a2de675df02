/** Notices, and the channels that bring them. */
import type {
  ChannelTest,
  ChannelView,
  DeliveryView,
  NoticeView,
  ResendNotice,
} from '../../model/notices/notice-view.ts';
import type { DeliveryState, NoticeRecord } from '../../model/records/notice.ts';
import type { Page } from '../../model/requests/page.ts';
import { at, type Call, get, type Paging, post } from '../call.ts';

export const channels = (): Call<Page<ChannelView>> => get('/v1/channels');
export const testChannel = (id: string): Call<ChannelTest> => post(`/v1/channels/${at(id)}/test`);
export const list = (query: Paging & { readonly type?: string | undefined } = {}): Call<Page<NoticeRecord>> =>
  get('/v1/notices', { ...query });
export const show = (id: string): Call<NoticeView> => get(`/v1/notices/${at(id)}`);
export const resend = (id: string, body: ResendNotice): Call<NoticeView> =>
  post(`/v1/notices/${at(id)}/resend`, body);
export const deliveries = (
  query: Paging & { readonly state?: DeliveryState | undefined },
): Call<Page<DeliveryView>> => get('/v1/deliveries', { ...query });
