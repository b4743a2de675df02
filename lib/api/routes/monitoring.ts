/** What monitoring reads: numbers, and whether the installation lives and is ready. */
import * as z from 'zod';
import { HoldfastError } from '../../model/errors.ts';
import { OPEN_METRICS_TYPE, openMetricsText } from '../../model/monitoring/open-metrics.ts';
import { metricFamilies } from '../../operations/upkeep/metrics.ts';
import { assertReadyToServe } from '../../operations/upkeep/ready.ts';
import type { Host } from '../../ports/host.ts';
import { named } from '../openapi/schema-names.ts';
import { openRoute, type Reply, route } from '../route.ts';

const aliveSchema = named('Alive', z.object({ status: z.literal('ok') }));
const OPEN_METRICS = 'application/openmetrics-text';

const metricsReply = async (host: Host): Promise<Reply> => ({
  status: 200,
  text: openMetricsText(await metricFamilies(host)),
  headers: { 'content-type': OPEN_METRICS_TYPE },
});

export const monitoringRoutes = [
  route({
    method: 'GET',
    path: '/v1/metrics',
    operationId: 'getMetrics',
    needs: 'metrics.read',
    summary: 'Get metrics as OpenMetrics, computed from the catalog at each call.',
    answers: { status: 200, text: OPEN_METRICS },
    handle: async ({ host }) => metricsReply(host),
  }),
  openRoute({
    method: 'GET',
    path: '/metrics',
    operationId: 'getOpenMetrics',
    summary: 'Get the same metrics without a token, if the configuration has `metrics: {"open": true}`.',
    refuses: ['not_found'],
    answers: { status: 200, text: OPEN_METRICS },
    answer: async (host) => {
      if (host.config.metrics.open) return metricsReply(host);
      throw new HoldfastError(
        'not_found',
        'metrics need a token here: read /v1/metrics with a token of the role auditor, or set "metrics": {"open": true} in the configuration',
      );
    },
  }),
  openRoute({
    method: 'GET',
    path: '/livez',
    operationId: 'getAlive',
    summary: 'Check that the process answers; nothing else is checked.',
    answers: { status: 200, schema: aliveSchema },
    answer: async () => ({ status: 200, body: { status: 'ok' } }),
  }),
  openRoute({
    method: 'GET',
    path: '/readyz',
    operationId: 'getReady',
    summary: 'Check that the catalog answers and the clock is right; storage and sources are not checked.',
    refuses: ['unavailable'],
    answers: { status: 200, schema: aliveSchema },
    answer: async (host) => {
      await assertReadyToServe(host);
      return { status: 200, body: { status: 'ok' } };
    },
  }),
];
