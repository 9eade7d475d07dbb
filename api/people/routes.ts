import { z } from 'zod';
import type { InvitationIssued } from '#accounts/invitations.ts';
import type { PersonalData } from '#accounts/people.ts';
import { canSignIn } from '#accounts/deps.ts';
import type { ApiDeps } from '#api/deps.ts';
import type { Person } from '#model/accounts/person.ts';
import { formatInstant } from '#model/base/instant.ts';
import type { Operations } from '#storage/operations/operations.ts';
import { entryWriter } from '#api/audit/routes.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { describePerson, describeSession, signedInOf } from '#api/session/context.ts';
import { SHOWN_PASSKEY } from '#api/session/passkey-schema.ts';
import { describing } from '#model/base/document.ts';
import { LanguageBody, PersonDocument, SessionList } from '#api/session/schema.ts';
import {
  LinkBody,
  LinkDocument,
  PeopleList,
  PersonAdded,
  PersonalDataDocument,
  PersonBody,
  PersonId,
  PersonPatchBody,
  SHOWN_IDENTITY,
} from './schema.ts';

const COMMON = { tags: ['people'] };
const REFUSALS = {
  400: problem('The request is not as described.'),
  401: problem('An operator has to sign in.'),
};
const OF_ONE = { ...REFUSALS, 404: problem('There is no such person.') };
const params = z.object({ person: PersonId });

const describeLink = ({ code, until }: InvitationIssued): z.infer<typeof LinkDocument> => ({
  code: code.reveal(),
  path: `/#/invitation/${code.reveal()}`,
  valid_until: formatInstant(until),
});

const listed = (person: Person, { operations, accountSettings: settings }: ApiDeps) => {
  const [newest] = operations.sessionsOf(person.id).toSorted((a, b) => b.seenAt - a.seenAt);
  return {
    ...describePerson(person),
    last_seen: newest === undefined ? null : formatInstant(newest.seenAt),
    can_sign_in: canSignIn(person, { rows: operations, settings }),
  };
};

const describeData = (
  { person, passwordChangedAt, sessions, passkeys, identities, entries }: PersonalData,
  operations: Operations,
): z.infer<typeof PersonalDataDocument> => ({
  person: describePerson(person),
  password_changed_at: passwordChangedAt === undefined ? null : formatInstant(passwordChangedAt),
  sessions: sessions.map(describeSession),
  passkeys: passkeys.map(describing(SHOWN_PASSKEY)),
  identities: identities.map(describing(SHOWN_IDENTITY)),
  entries: entries.map(entryWriter(operations)),
});

/** `GET`, `POST /v1/people`, `PATCH`, `DELETE /v1/people/{person}` */
// oxlint-disable-next-line max-lines-per-function -- a table of routes
const peopleTable = (api: Api, { deps }: RouteContext): void => {
  const { accounts, operations } = deps;

  api.route({
    method: 'GET',
    url: '/v1/people',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'listPeople',
      summary: 'People and their roles',
      description: 'Every person with sign-in name, role, contacts and last use, without those who were erased.',
      response: { 200: PeopleList, ...REFUSALS },
    },
    handler: (_request, reply) => {
      const people = operations.people().filter(({ erasedAt }) => erasedAt === undefined);
      reply.header('cache-control', 'no-store');
      return { people: people.map((person) => listed(person, deps)) };
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/people',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'addPerson',
      summary: 'Add a person',
      description:
        'With `login` and `role` a person who signs in, for whom a one-time link is made. Without both a contact, who has agreed.',
      body: PersonBody,
      response: { 201: PersonAdded, ...REFUSALS, 409: problem('The sign-in name is taken.') },
    },
    handler: async ({ body }, reply) => {
      const { person, invitation } = await accounts.people.add(body);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({
          person: describePerson(person),
          invitation: invitation === undefined ? null : describeLink(invitation),
        });
    },
  });

  api.route({
    method: 'PATCH',
    url: '/v1/people/:person',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'changePerson',
      summary: 'Change a person',
      description:
        'Name, role, contacts; `disabled` signs the person out everywhere. A role counts from the next request on.',
      params,
      body: PersonPatchBody,
      response: { 200: PersonDocument, ...OF_ONE },
    },
    handler: async ({ params: { person }, body }) => describePerson(await accounts.people.change(person, body)),
  });

  api.route({
    method: 'DELETE',
    url: '/v1/people/:person',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'erasePerson',
      summary: 'Erase a person',
      description:
        'Removes name, contacts, password, passkeys and sessions for good, also from alerts and histories, where `person <number>` stands from then on. ' +
        'The audit trail keeps the number and stays valid.',
      params,
      response: { 200: PersonDocument, ...OF_ONE },
    },
    handler: async ({ params: { person } }) => describePerson(await accounts.people.erase(person)),
  });
};

/** Links, personal data and sessions of a person. */
// oxlint-disable-next-line max-lines-per-function -- a table of routes
const personRoutes = (api: Api, { deps }: RouteContext): void => {
  const { accounts, operations } = deps;

  api.route({
    method: 'POST',
    url: '/v1/people/first',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'inviteFirst',
      summary: 'Link for the first operator',
      description:
        'A one-time link with which the first operator chooses name and password. An earlier link becomes invalid.',
      response: { 200: LinkDocument, ...REFUSALS, 409: problem('An operator can sign in already.') },
    },
    handler: async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return describeLink(await accounts.invitations.first());
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/people/:person/invitation',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'invitePerson',
      summary: 'Make a link for a person',
      description:
        'A one-time link to join, or with `reset` to choose a new password: then the present password, the passkeys, the accounts at the identity ' +
        'service and all sessions end at once. An earlier link becomes invalid.',
      params,
      body: LinkBody,
      response: { 200: LinkDocument, ...OF_ONE, 409: problem('The person is a contact, or disabled.') },
    },
    handler: async ({ params: { person }, body }, reply) => {
      reply.header('cache-control', 'no-store');
      return describeLink(await accounts.invitations.issue(accounts.people.get(person), body.purpose));
    },
  });

  api.route({
    method: 'GET',
    url: '/v1/people/:person/sessions',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'listSessions',
      summary: 'Sessions of a person',
      description: 'The browsers in which the person is signed in, the newest first.',
      params,
      response: { 200: SessionList, ...OF_ONE },
    },
    handler: ({ params: { person } }, reply) => {
      reply.header('cache-control', 'no-store');
      return { sessions: operations.sessionsOf(accounts.people.get(person).id).map(describeSession) };
    },
  });

  api.route({
    method: 'DELETE',
    url: '/v1/people/:person/sessions',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'endSessions',
      summary: 'Sign a person out everywhere',
      description: 'Ends all sessions of the person, who can sign in again.',
      params,
      response: { 200: SessionList, ...OF_ONE },
    },
    handler: async ({ params: { person } }, reply) => {
      await accounts.sessions.endAll(accounts.people.get(person).id);
      reply.header('cache-control', 'no-store');
      return { sessions: [] };
    },
  });

  api.route({
    method: 'GET',
    url: '/v1/people/:person/data',
    config: { access: 'operate', audit: 'always' },
    schema: {
      ...COMMON,
      operationId: 'exportPerson',
      summary: 'All that is stored about a person',
      description:
        'For a person who asks for it (UU 27/2022, article 7). The export itself is written into the audit trail.',
      params,
      response: { 200: PersonalDataDocument, ...OF_ONE },
    },
    handler: ({ params: { person } }, reply) => {
      reply.header('cache-control', 'no-store');
      return describeData(accounts.people.dataOf(person), operations);
    },
  });

  api.route({
    method: 'PUT',
    url: '/v1/session/language',
    config: { access: 'person' },
    schema: {
      ...COMMON,
      operationId: 'chooseLanguage',
      summary: 'Choose the language of the pages',
      description: 'Kept with the account: every browser in which the person signs in shows the pages in it.',
      body: LanguageBody,
      response: { 200: PersonDocument, 400: REFUSALS[400], 401: problem('Nobody is signed in.') },
    },
    handler: async (request) => {
      const { person } = signedInOf(request);
      return describePerson(await accounts.people.chooseLanguage(person.id, request.body.language));
    },
  });

  api.route({
    method: 'GET',
    url: '/v1/session/data',
    config: { access: 'person' },
    schema: {
      ...COMMON,
      operationId: 'exportOwn',
      summary: 'All that is stored about oneself',
      description: 'Person, sessions, and entries of the audit trail (UU 27/2022, article 7).',
      response: { 200: PersonalDataDocument, 401: problem('Nobody is signed in.') },
    },
    handler: (request, reply) => {
      reply.header('cache-control', 'no-store');
      return describeData(accounts.people.dataOf(signedInOf(request).person.id), operations);
    },
  });
};

/** `/v1/people` and below. */
export const peopleRoutes = (api: Api, context: RouteContext): void => {
  peopleTable(api, context);
  personRoutes(api, context);
};
