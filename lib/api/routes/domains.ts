/** Domains: partitions of the installation, each with its own backups, keys and people. */
import * as z from 'zod';
import { domainViewSchema } from '../../model/records/access.ts';
import { createDomainSchema, deleteDomainSchema } from '../../model/requests/access.ts';
import { domainNameSchema } from '../../model/requests/fields.ts';
import { pageSchema } from '../../model/requests/page.ts';
import { createDomain, deleteDomain, listDomains, showDomain } from '../../operations/keys/domains.ts';
import { always, never } from '../fresh-proof.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';

const nameParams = z.strictObject({ name: domainNameSchema });

export const domainRoutes = [
  route({
    method: 'POST',
    path: '/v1/domains',
    operationId: 'createDomain',
    freshProof: never('it can be deleted while it is empty'),
    needs: 'domain.write',
    summary: 'Create a domain with its own default backup key.',
    refuses: ['conflict', 'storage_full'],
    body: createDomainSchema,
    answers: { status: 201, location: true, schema: domainViewSchema },
    handle: async ({ host, principal, body: { name } }) => ({
      status: 201,
      headers: { location: `/v1/domains/${encodeURIComponent(name)}` },
      body: await createDomain(host, principal, name),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/domains',
    operationId: 'listDomains',
    needs: 'domain.read',
    summary: 'List domains by name: those of the configuration, and those created by the API.',
    query: pageSchema,
    answers: { status: 200, schema: pageOf('DomainPage', domainViewSchema) },
    handle: async ({ host, principal, query }) => ({
      status: 200,
      body: await listDomains(host, principal, query),
    }),
  }),
  route({
    method: 'GET',
    path: '/v1/domains/{name}',
    operationId: 'getDomain',
    needs: 'domain.read',
    summary: 'One domain.',
    params: nameParams,
    answers: { status: 200, schema: domainViewSchema },
    handle: async ({ host, principal, params }) => ({
      status: 200,
      body: await showDomain(host, principal, params.name),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/domains/{name}',
    operationId: 'deleteDomain',
    freshProof: always('its keys may be deleted with it'),
    needs: 'domain.write',
    summary: 'Delete an empty domain. Its keys are deleted with it only if the request says so.',
    refuses: ['conflict', 'storage_full', 'approval_required'],
    params: nameParams,
    body: deleteDomainSchema,
    answers: { status: 204 },
    handle: async ({ host, principal, params, body }) => {
      await deleteDomain(host, principal, params.name, body);
      return { status: 204 };
    },
  }),
];
