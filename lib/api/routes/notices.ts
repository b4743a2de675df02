/** Notices: what was told, to whom, and with what result. A principal of a domain sees the notices of that domain. */
import * as z from 'zod';
import {
  channelIdSchema,
  channelTestSchema,
  channelViewSchema,
  deliveryViewSchema,
  listDeliveriesSchema,
  listNoticesSchema,
  noticeViewSchema,
  resendNoticeSchema,
} from '../../model/notices/notice-view.ts';
import { noticeSchema } from '../../model/records/notice.ts';
import { longPageSchema } from '../../model/requests/page.ts';
import {
  listChannels,
  listDeliveries,
  listNotices,
  showNotice,
} from '../../operations/notices/read-notices.ts';
import { resendNotice, testChannel } from '../../operations/notices/send-again.ts';
import { never } from '../fresh-proof.ts';
import { named } from '../openapi/schema-names.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';
import { idParams } from './backups.ts';

named('Notice', noticeSchema);
named('NoticeView', noticeViewSchema);
named('Delivery', deliveryViewSchema);
named('Channel', channelViewSchema);
named('ChannelTest', channelTestSchema);
named('ResendNotice', resendNoticeSchema);
const channelParams = z.strictObject({ id: channelIdSchema });

export const noticeRoutes = [
  route({
    method: 'GET',
    path: '/v1/notices',
    operationId: 'listNotices',
    needs: 'notice.read',
    summary: 'List notices, the newest first: of one type of event, or of all.',
    query: listNoticesSchema,
    answers: { status: 200, schema: pageOf('NoticePage', noticeSchema) },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await listNotices(host, principal, query),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/notices/{id}',
    operationId: 'getNotice',
    of: 'notice',
    needs: 'notice.read',
    summary: 'Get a notice, and the state of its delivery at each channel.',
    params: idParams,
    answers: { status: 200, schema: noticeViewSchema },
    handle: async ({ host, params }) => ({ status: 200, body: await showNotice(host, params.id) }),
  }),
  route({
    method: 'POST',
    path: '/v1/notices/{id}/resend',
    operationId: 'resendNotice',
    freshProof: never('it was sent before'),
    of: 'notice',
    needs: 'notice.write',
    summary: 'Deliver a notice again: to one channel, or to all channels where its delivery is dead.',
    refuses: ['conflict'],
    params: idParams,
    body: resendNoticeSchema,
    answers: { status: 202, schema: noticeViewSchema },
    handle: async ({ host, params, body }) => ({
      status: 202,
      body: await resendNotice(host, params.id, body),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/deliveries',
    operationId: 'listDeliveries',
    needs: 'notice.read',
    summary: 'List the deliveries in one state; by default the dead ones.',
    query: listDeliveriesSchema,
    answers: { status: 200, schema: pageOf('DeliveryPage', deliveryViewSchema) },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await listDeliveries(host, principal, query),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/channels',
    operationId: 'listChannels',
    needs: 'notice.read',
    summary:
      'List the channels of the configuration, and the addresses that schedules call. Secrets are named, never shown.',
    query: longPageSchema,
    answers: { status: 200, schema: pageOf('ChannelPage', channelViewSchema) },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await listChannels(host, principal, query),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/channels/{id}/test',
    operationId: 'testChannel',
    freshProof: never('it sends a test'),
    needs: 'notice.write',
    summary:
      'Send a test to a channel now, and get its answer. This switches a channel on again that was switched off.',
    params: channelParams,
    answers: { status: 200, schema: channelTestSchema },
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await testChannel(host, principal, params.id),
    }),
  }),
];
