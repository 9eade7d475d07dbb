import { z } from 'zod';
import { type AlertRecord, type Delivery, worstFirst } from '#model/alerts/alert.ts';
import { Fault } from '#model/base/fault.ts';
import { describing } from '#model/base/document.ts';
import { maskContacts } from '#model/accounts/contact.ts';
import { alertDocument, alertFacts } from './document.ts';
import { type Caller, mayCall, recordedName } from '#api/server/caller.ts';
import { nextLink, pageOf } from '#api/page-cursor.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import type { Operations } from '#storage/operations/operations.ts';
import {
  HISTORY,
  SHOWN_DELIVERY,
  ALERT_PAGE,
  AcknowledgeBody,
  AlertDetail,
  AlertId,
  AlertList,
  AlertParameters,
  AlertSchema,
  EndBody,
} from './schema.ts';

const known = (alert: AlertRecord | undefined, id: number): AlertRecord => {
  if (alert !== undefined) return alert;
  throw new Fault('NOT_FOUND', `no alert has the id ${id}; "klawing alert list" or GET /v1/alerts lists them`);
};

type Query = z.infer<typeof AlertParameters>;

/**
 * All standing alerts in one answer, so that none is lost on a later page.
 * @throws Fault `REQUEST_INVALID` for parameters of a page
 */
const standingAlerts = (
  operations: Operations,
  { station, severity, before, limit }: Query,
): readonly AlertRecord[] => {
  if (limit !== undefined || before !== undefined) {
    throw new Fault('REQUEST_INVALID', 'standing alerts come in one answer; leave out "limit" and "before"');
  }
  const found = operations
    .standingAlerts()
    .filter((alert) => station === undefined || alert.station === station)
    .filter((alert) => severity === undefined || alert.severity === severity);
  return worstFirst(found);
};

/** Writes receipts; for readers who may not see contacts of people, with masked ones. */
const receiptFor =
  (caller: Caller) =>
  (delivery: Delivery): ReturnType<typeof describeDelivery> => {
    if (mayCall(caller, 'operate')) return describeDelivery(delivery);
    const { recipient, lastError } = delivery;
    const error = lastError === undefined ? undefined : maskContacts(lastError);
    return describeDelivery({ ...delivery, recipient: maskContacts(recipient), lastError: error });
  };

/** `GET /v1/alerts` */
const listRoute = (api: Api, { deps }: RouteContext): void => {
  const { operations } = deps;

  api.route({
    method: 'GET',
    url: '/v1/alerts',
    config: { access: 'read' },
    schema: {
      operationId: 'listAlerts',
      summary: 'Alerts and their states',
      description:
        'Alerts of all states, newest first; the Link header leads to older ones. ' +
        'With `state=standing`: all pending and firing alerts in one answer, the most severe first.',
      tags: ['alerts'],
      querystring: AlertParameters,
      response: { 200: AlertList, 400: problem('A parameter is wrong.'), 401: problem('A read token is needed.') },
    },
    handler: ({ query }, reply) => {
      const facts = alertFacts(deps);
      reply.header('cache-control', 'no-store');
      const { state, station, severity, before, limit = ALERT_PAGE } = query;
      if (state === 'standing') {
        return { alerts: standingAlerts(operations, query).map((alert) => alertDocument(alert, facts)) };
      }
      const found = operations.alerts({ state, station, severity, before, limit: limit + 1 });
      const { page, end } = pageOf(found, limit);
      if (end !== undefined) {
        reply.header('link', nextLink('/v1/alerts', { state, station, severity, limit, before: end.id }));
      }
      return { alerts: page.map((alert) => alertDocument(alert, facts)) };
    },
  });
};

/** `GET /v1/alerts/{id}` */
const detailRoute = (api: Api, { deps }: RouteContext): void => {
  const { operations } = deps;

  api.route({
    method: 'GET',
    url: '/v1/alerts/:id',
    config: { access: 'read' },
    schema: {
      operationId: 'getAlert',
      summary: 'One alert with its history and its receipts',
      description:
        'One alert with all its changes, and all messages about it with their results. Mail addresses and telephone numbers of ' +
        'recipients are masked for all but operators.',
      tags: ['alerts'],
      params: z.object({ id: AlertId }),
      response: {
        200: AlertDetail,
        400: problem('The id is not a whole number.'),
        401: problem('A read token is needed.'),
        404: problem('There is no such alert.'),
      },
    },
    handler: ({ params, caller }, reply) => {
      const alert = known(operations.alert(params.id), params.id);
      reply.header('cache-control', 'no-store');
      return {
        ...alertDocument(alert, alertFacts(deps)),
        history: operations.alertEvents(alert.id).map(describeEvent),
        receipts: operations.deliveries(alert.id).map(receiptFor(caller)),
      };
    },
  });
};

/** `/v1/alerts` and below. */
export const alertRoutes = (api: Api, context: RouteContext): void => {
  const { deps } = context;
  const { operations, clock, live } = deps;
  listRoute(api, context);
  detailRoute(api, context);
  endRoute(api, context);

  api.route({
    method: 'POST',
    url: '/v1/alerts/:id/acknowledge',
    config: { access: 'respond' },
    schema: {
      operationId: 'acknowledgeAlert',
      summary: 'Acknowledge an alert',
      description:
        'Stores time, person and note of the person who handles the alert. An acknowledged alert does not change.',
      tags: ['alerts'],
      params: z.object({ id: AlertId }),
      body: AcknowledgeBody,
      response: {
        200: AlertSchema,
        400: problem('The body is not as described.'),
        401: problem('The operator token is missing or wrong.'),
        404: problem('There is no such alert.'),
      },
    },
    handler: async (request, reply) => {
      const { params, body } = request;
      const isNew = known(operations.alert(params.id), params.id).acknowledged === undefined;
      const acknowledgement = { at: clock.now(), by: recordedName(request, body?.by), note: body?.note };
      const alert = known(await operations.acknowledgeAlert(params.id, acknowledgement), params.id);
      if (isNew) live.alerts([alert]);
      reply.header('cache-control', 'no-store');
      return alertDocument(alert, alertFacts(deps));
    },
  });
};

/** `POST /v1/alerts/{id}/end` */
const endRoute = (api: Api, { deps }: RouteContext): void => {
  api.route({
    method: 'POST',
    url: '/v1/alerts/:id/end',
    config: { access: 'operate' },
    schema: {
      operationId: 'endAlert',
      summary: 'End an alert by hand',
      description:
        'Closes a standing alert with a note. Its recipients get a message that it was ended by hand, not that it is over. The next ' +
        'later reading beyond the raise level starts a new alert, with its whole hold.',
      tags: ['alerts'],
      params: z.object({ id: AlertId }),
      body: EndBody,
      response: {
        200: AlertSchema,
        400: problem('The note is missing, or the alert is about the system itself.'),
        401: problem('The operator token is missing or wrong.'),
        404: problem('There is no such alert.'),
        409: problem('It has ended already.'),
      },
    },
    handler: async (request, reply) => {
      const { params, body } = request;
      known(deps.operations.alert(params.id), params.id);
      const alert = await deps.alerts.end(params.id, {
        by: recordedName(request, body.by) ?? 'operator',
        note: body.note,
      });
      reply.header('cache-control', 'no-store');
      return alertDocument(alert, alertFacts(deps));
    },
  });
};

const describeEvent = describing(HISTORY);

const describeShownDelivery = describing(SHOWN_DELIVERY);

const describeDelivery = (delivery: Delivery) => ({ ...describeShownDelivery(delivery), late: delivery.isLate });
