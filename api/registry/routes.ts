import { problem } from '#api/problem.ts';
import type { RegistryChanges } from '#registry/apply.ts';
import type { Api } from '#api/route.ts';
import { Applied, ApplyParameters, RegistryDocument, StationBody, StationDocument } from '#registry/schema.ts';
import { secretOf } from '#api/devices/routes.ts';

const REFUSALS = {
  400: problem('The body is not as described.'),
  401: problem('The operator token is missing or wrong.'),
  409: problem('It contradicts what is registered.'),
};

/** `POST /v1/stations`, `POST /v1/registry/apply` */
export const registryRoutes = (api: Api, writer: RegistryChanges): void => {
  api.route({
    method: 'POST',
    url: '/v1/stations',
    config: { access: 'operate' },
    schema: {
      operationId: 'addStation',
      summary: 'Register a station',
      description:
        'Answers 201 for a new station, 200 if the same station is registered, 409 if its registration differs.',
      tags: ['registry'],
      body: StationBody,
      response: { 200: StationDocument, 201: StationDocument, ...REFUSALS },
    },
    handler: async ({ body }, reply) => reply.code((await writer.addStation(body)) ? 201 : 200).send(body),
  });

  api.route({
    method: 'POST',
    url: '/v1/registry/apply',
    config: { access: 'operate' },
    schema: {
      operationId: 'applyRegistry',
      summary: 'Make the registry equal to a document',
      description:
        'Adds, changes and removes until the registry equals the document, in one transaction, and returns each changed member with its old and ' +
        'new value. Members of a known station or device that the document does not name stay unchanged; null removes one. Without `devices` in the ' +
        'document the devices stay unchanged.',
      tags: ['registry'],
      querystring: ApplyParameters,
      body: RegistryDocument,
      response: { 200: Applied, ...REFUSALS },
    },
    handler: async ({ body, query }) => {
      const isDryRun = query.dryRun === 'true';
      const { plan, issued, revision } = await writer.apply(body, isDryRun);
      return {
        dry_run: isDryRun,
        revision,
        changes: plan.differences.map((difference) => ({ ...difference, changes: [...difference.changes] })),
        secrets: issued.map(secretOf),
      };
    },
  });
};
