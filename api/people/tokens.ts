import { z } from 'zod';
import { describing } from '#model/base/document.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { SHOWN_TOKEN, TokenAdded, TokenBody, TokenDocument, TokenId, TokenList } from './schema.ts';

const COMMON = { tags: ['people'] };
const REFUSALS = {
  400: problem('The request is not as described.'),
  401: problem('An operator has to sign in.'),
};

const describe = describing(SHOWN_TOKEN);

/** `GET`, `POST /v1/tokens`, `DELETE /v1/tokens/{token}` */
export const tokenRoutes = (api: Api, { deps }: RouteContext): void => {
  const { tokens } = deps.accounts;

  api.route({
    method: 'GET',
    url: '/v1/tokens',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'listTokens',
      summary: 'Tokens of programs',
      description: 'Every token with its role and its end, without its secret.',
      response: { 200: TokenList, ...REFUSALS },
    },
    handler: (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return { tokens: tokens.list().map(describe) };
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/tokens',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'addToken',
      summary: 'Make a token for a program',
      description: 'Returns the token, this one time. It has the rights of its role until its end.',
      body: TokenBody,
      response: { 201: TokenAdded, ...REFUSALS, 409: problem('There is a token of this name.') },
    },
    handler: async ({ body }, reply) => {
      const { token, secret } = await tokens.add(body);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ token: describe(token), secret: secret.reveal() });
    },
  });

  api.route({
    method: 'DELETE',
    url: '/v1/tokens/:token',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'revokeToken',
      summary: 'Revoke a token',
      description: 'The token is invalid at once.',
      params: z.object({ token: TokenId }),
      response: { 200: TokenDocument, ...REFUSALS, 404: problem('There is no such token.') },
    },
    handler: async ({ params: { token } }) => describe(await tokens.revoke(token)),
  });
};
