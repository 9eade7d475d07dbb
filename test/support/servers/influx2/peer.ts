import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { parseJson } from '#model/base/parse-json.ts';

/**
 * The HTTP surface of InfluxDB 2.7 in front of a real 1.6.7: set-up, organisations, buckets, tokens, v1 accounts, mappings, and
 * the refusals of `/api/v2/write`, `/write` and `/query` in the words of 2.7.12 (its documentation and its sources). It proves that the
 * suites reach a 2.x server and that Klawing understands its refusals; it does not prove what a real 2.x stores.
 */
export interface Influx2Peer {
  readonly url: string;
  stop(): Promise<void>;
}

type Action = 'read' | 'write';

interface Bucket {
  readonly id: string;
  readonly name: string;
  readonly orgID: string;
}

interface Grant {
  readonly orgID: string;
  /** Everything for the token of the set-up. */
  readonly rights: 'all' | readonly { readonly action: Action; readonly bucket: string }[];
  password?: string;
}

interface PeerReply {
  readonly status: number;
  /** JSON; that of the engine as it came, for JSON in between would lose the sign of a zero. */
  readonly text?: string;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly text: string;
  readonly authorization: string;
}

const Setup = z.object({ username: z.string(), org: z.string(), bucket: z.string(), token: z.string().optional() });
const NewBucket = z.object({ orgID: z.string(), name: z.string() });
const Permission = z.object({
  action: z.enum(['read', 'write']),
  resource: z.object({ type: z.literal('buckets'), id: z.string() }),
});
const NewAuthorization = z.object({
  orgID: z.string(),
  token: z.string().optional(),
  permissions: z.array(Permission).min(1),
});
const NewMapping = z.object({
  orgID: z.string(),
  bucketID: z.string(),
  database: z.string(),
  retention_policy: z.string(),
});

const newId = (): string => randomBytes(8).toString('hex');

const refusal = (status: number, code: string, message: string): PeerReply => ({
  status,
  text: JSON.stringify({ code, message }),
});
const json = (status: number, body: unknown): PeerReply => ({ status, text: JSON.stringify(body) });
const UNAUTHORIZED = refusal(401, 'unauthorized', 'unauthorized access');
const NOT_MAPPED = refusal(404, 'not found', 'no dbrp mapping found');
const READ_ONLY = refusal(403, 'forbidden', 'insufficient permissions for write');

/** Everything that the server knows beside the points. `hasVirtualMappings` is false in 2.0 to 2.3. */
class PeerState {
  readonly orgs = new Map<string, string>();
  readonly buckets = new Map<string, Bucket>();
  readonly tokens = new Map<string, Grant>();
  readonly accounts = new Map<string, Grant>();
  readonly mappings: z.infer<typeof NewMapping>[] = [];
  readonly hasVirtualMappings: boolean;

  constructor(hasVirtualMappings: boolean) {
    this.hasVirtualMappings = hasVirtualMappings;
  }

  bucketNamed(orgID: string, name: string): Bucket | undefined {
    return [...this.buckets.values()].find((bucket) => bucket.orgID === orgID && bucket.name === name);
  }

  /** The bucket that answers InfluxQL as a database: by a mapping, or by its name. */
  mapped(orgID: string, database: string): Bucket | undefined {
    const mapping = this.mappings.find((each) => each.orgID === orgID && each.database === database);
    if (mapping !== undefined) return this.buckets.get(mapping.bucketID);
    return this.hasVirtualMappings ? this.bucketNamed(orgID, database) : undefined;
  }

  tokenOf({ authorization }: Asked): Grant | undefined {
    return this.tokens.get(/^(?:Token|Bearer) (.+)$/.exec(authorization)?.[1] ?? '');
  }

  /** `/write` and `/query` also take v1 accounts, by Basic auth. */
  loginOf(asked: Asked): Grant | undefined {
    const [user = '', ...password] = atob(/^Basic (.+)$/.exec(asked.authorization)?.[1] ?? '').split(':');
    const account = this.accounts.get(user);
    return account?.password === password.join(':') ? account : this.tokenOf(asked);
  }
}

const isAllowed = ({ rights }: Grant, action: Action, bucket: Bucket): boolean =>
  rights === 'all' || rights.some((right) => right.action === action && right.bucket === bucket.id);

/** Answers of 1.6.7 to writes as 2.7 gives them. */
const asVersion2 = ({ status, text = '' }: PeerReply): PeerReply => {
  const said = z.object({ error: z.string() }).safeParse(parseJson(text)).data?.error ?? '';
  if (status !== 400) return status === 204 ? { status } : refusal(status, 'internal error', said);
  const isPartial = said.startsWith('partial write: field type conflict') || said.includes('beyond retention');
  return isPartial
    ? refusal(422, 'unprocessable entity', `failure writing points to database: ${said}`)
    : refusal(400, 'invalid', said);
};

const onEngine = async (url: string, body: string): Promise<PeerReply> => {
  const isQuery = url.includes('/query?');
  const headers = { 'content-type': isQuery ? 'application/x-www-form-urlencoded' : 'text/plain' };
  const answer = await fetch(url, { method: 'POST', body, headers });
  return { status: answer.status, text: await answer.text() };
};

/** Writes of a grant into a bucket, after the checks that 2.7 makes before it reads the lines. */
const write = async (engine: string, asked: Asked, grant: Grant, bucket: Bucket): Promise<PeerReply> => {
  if (!isAllowed(grant, 'write', bucket)) return READ_ONLY;
  if (asked.text === '') return refusal(400, 'invalid', 'writing requires points');
  const query = new URLSearchParams({ db: bucket.id, precision: asked.query.get('precision') ?? 'ns' });
  return asVersion2(await onEngine(`${engine}/write?${query}`, asked.text));
};

const writeV2 = async (engine: string, state: PeerState, asked: Asked): Promise<PeerReply> => {
  const grant = state.tokenOf(asked);
  if (grant === undefined) return UNAUTHORIZED;
  const [org, name] = [asked.query.get('org') ?? '', asked.query.get('bucket') ?? ''];
  const orgID = state.orgs.get(org);
  if (orgID === undefined) return refusal(404, 'not found', `organization name ${JSON.stringify(org)} not found`);
  const bucket = state.bucketNamed(orgID, name);
  if (bucket === undefined) return refusal(404, 'not found', `bucket ${JSON.stringify(name)} not found`);
  return write(engine, asked, grant, bucket);
};

const writeV1 = async (engine: string, state: PeerState, asked: Asked): Promise<PeerReply> => {
  const grant = state.loginOf(asked);
  if (grant === undefined) return UNAUTHORIZED;
  const bucket = state.mapped(grant.orgID, asked.query.get('db') ?? '');
  return bucket === undefined ? NOT_MAPPED : write(engine, asked, grant, bucket);
};

const query = async (engine: string, state: PeerState, asked: Asked): Promise<PeerReply> => {
  const grant = state.loginOf(asked);
  if (grant === undefined) return UNAUTHORIZED;
  const database = asked.query.get('db') ?? '';
  const bucket = state.mapped(grant.orgID, database);
  if (bucket === undefined || !isAllowed(grant, 'read', bucket)) {
    return json(200, { results: [{ statement_id: 0, error: `database not found: ${database}` }] });
  }
  const parameters = new URLSearchParams({ db: bucket.id, epoch: asked.query.get('epoch') ?? '' });
  const q = asked.query.get('q') ?? new URLSearchParams(asked.text).get('q') ?? '';
  return onEngine(`${engine}/query?${parameters}`, new URLSearchParams({ q }).toString());
};

const makeBucket = async (engine: string, state: PeerState, orgID: string, name: string): Promise<Bucket> => {
  const bucket = { id: newId(), name, orgID };
  await onEngine(`${engine}/query?`, new URLSearchParams({ q: `CREATE DATABASE "${bucket.id}"` }).toString());
  state.buckets.set(bucket.id, bucket);
  return bucket;
};

const setUp = async (engine: string, state: PeerState, { text }: Asked): Promise<PeerReply> => {
  if (state.orgs.size > 0) return refusal(422, 'conflict', 'onboarding has already been completed');
  const { org, bucket: name, username, token = newId() } = Setup.parse(JSON.parse(text));
  const orgID = newId();
  state.orgs.set(org, orgID);
  state.tokens.set(token, { orgID, rights: 'all' });
  const bucket = await makeBucket(engine, state, orgID, name);
  const user = { id: newId(), name: username, status: 'active' };
  return json(201, { user, bucket, org: { id: orgID, name: org }, auth: { orgID, token } });
};

const rightsOf = ({ permissions }: z.infer<typeof NewAuthorization>): Grant['rights'] =>
  permissions.map(({ action, resource }) => ({ action, bucket: resource.id }));

/** Requests of an administrator. */
// oxlint-disable-next-line complexity -- one condition for each request
const administer = async (engine: string, state: PeerState, asked: Asked): Promise<PeerReply> => {
  const { method, path, text, query: parameters } = asked;
  if (state.tokenOf(asked)?.rights !== 'all') return UNAUTHORIZED;
  const password = /^\/private\/legacy\/authorizations\/([^/]+)\/password$/.exec(path)?.[1];
  if (password !== undefined) {
    const account = state.accounts.get(password);
    if (account !== undefined) account.password = z.object({ password: z.string() }).parse(JSON.parse(text)).password;
    return { status: account === undefined ? 404 : 204 };
  }
  switch (`${method} ${path.replace(/(?<=\/buckets\/).+/, ':id')}`) {
    case 'GET /api/v2/orgs': {
      const name = parameters.get('org') ?? '';
      const id = state.orgs.get(name);
      if (id === undefined) return refusal(404, 'not found', `organization name ${JSON.stringify(name)} not found`);
      return json(200, { orgs: [{ id, name }] });
    }
    case 'POST /api/v2/buckets': {
      const { orgID, name } = NewBucket.parse(JSON.parse(text));
      return json(201, await makeBucket(engine, state, orgID, name));
    }
    case 'DELETE /api/v2/buckets/:id':
      return { status: state.buckets.delete(path.split('/').at(-1) ?? '') ? 204 : 404 };
    case 'POST /api/v2/authorizations': {
      const given = NewAuthorization.parse(JSON.parse(text));
      const token = newId();
      state.tokens.set(token, { orgID: given.orgID, rights: rightsOf(given) });
      return json(201, { id: newId(), token, status: 'active', orgID: given.orgID });
    }
    case 'POST /private/legacy/authorizations': {
      const given = NewAuthorization.required({ token: true }).parse(JSON.parse(text));
      state.accounts.set(given.token, { orgID: given.orgID, rights: rightsOf(given) });
      return json(201, { id: given.token, token: given.token, status: 'active', orgID: given.orgID });
    }
    case 'POST /api/v2/dbrps': {
      const mapping = NewMapping.parse(JSON.parse(text));
      state.mappings.push(mapping);
      return json(201, { id: newId(), ...mapping });
    }
    default:
      return refusal(404, 'not found', 'path not found');
  }
};

const answer = async (engine: string, state: PeerState, asked: Asked): Promise<PeerReply> => {
  switch (asked.path) {
    case '/ping':
      return { status: 204 };
    case '/api/v2/setup':
      return setUp(engine, state, asked);
    case '/api/v2/write':
      return writeV2(engine, state, asked);
    case '/write':
      return writeV1(engine, state, asked);
    case '/query':
      return query(engine, state, asked);
    default:
      return administer(engine, state, asked);
  }
};

const read = async (request: IncomingMessage): Promise<Asked> => {
  const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://peer');
  const chunks: Buffer[] = await Array.fromAsync(request);
  const text = Buffer.concat(chunks).toString('utf8');
  const { authorization = '' } = request.headers;
  return { method: request.method ?? 'GET', path, query: searchParams, text, authorization };
};

/** Starts the surface in front of the 1.6.7 at `engine`; port 0 takes a free one. */
export const startInflux2Peer = async (
  engine: string,
  { port = 0, hasVirtualMappings = true } = {},
): Promise<Influx2Peer> => {
  const state = new PeerState(hasVirtualMappings);
  const server = createServer((request, response) => {
    const reply = async (): Promise<void> => {
      const { status, text } = await answer(engine, state, await read(request));
      response.writeHead(status, { 'content-type': 'application/json', 'x-influxdb-version': 'v2.7.12' });
      response.end(status === 204 ? undefined : text);
    };
    reply().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};
