import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { type Accounts, makeAccounts } from '#accounts/accounts.ts';
import { AccountSettings } from '#accounts/settings.ts';
import { type RunningApi, startApi } from '#api/server/api.ts';
import { makeCommandService } from '#commands/service.ts';
import type { Replayer } from '#ingest/replay/replayer.ts';
import type { ApiDeps } from '#api/deps.ts';
import { type LiveFeed, makeLiveFeed } from '#ingest/observe/live-feed.ts';
import { ApiSettings } from '#api/settings.ts';
import { knownOf, makeStates } from '#state/states.ts';
import type { Operations } from '#storage/operations/operations.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import type { Store } from '#storage/readings/store.ts';
import { StoreSettings, startStore } from '#storage/readings/index.ts';
import { systemClock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { RecentRefusals } from '#model/limits/recent-refusals.ts';
import { RateSettings } from '#model/limits/rates.ts';
import { Secret } from '#model/base/secret.ts';
import type { Device } from '#model/registry/device.ts';
import type { Station } from '#model/registry/station.ts';
import { type ManualClock, manualClock } from '#test/support/clocks/manual-clock.ts';
import { type SilentLog, silentLog } from '#test/support/fakes/silent-log.ts';
import { linkTo, type SocketBroker, socketBroker } from './socket-broker.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

export const OPERATOR = 'the-operator-token-of-a-test';
export const READER = 'the-read-token-of-a-test';

/** The API on a free port, over real operations and a real DuckDB; the clock stands at 2026-11-24T03:00:00Z. */
export interface TestApi {
  readonly url: string;
  /** Folder of the operations database and of the store. */
  readonly folder: string;
  readonly api: RunningApi;
  readonly operations: Operations;
  readonly accounts: Accounts;
  readonly store: Store;
  readonly live: LiveFeed;
  readonly broker: SocketBroker;
  readonly clock: ManualClock;
  readonly log: SilentLog;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** As the operator, unless other headers are given. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

const noLedger: ApiDeps['ledger'] = {
  lines: () => Promise.reject(new Error('this test has no ledger')),
  verify: () => Promise.reject(new Error('this test has no ledger')),
};

export const asOperator = { authorization: `Bearer ${OPERATOR}` };

export const aStation = (given: Partial<Station> = {}): Station => ({
  id: 'ST1',
  family: 'air',
  name: 'Bukateja',
  lat: -7.4283,
  lon: 109.4299,
  attributes: {},
  ...given,
});

export const aDevice = (given: Partial<Device> = {}): Device => ({
  id: 'dev-1',
  codec: 'json',
  every: seconds(60),
  fields: {},
  assignments: [{ station: 'ST1', from: 0 }],
  registeredAt: 0,
  revoked: false,
  ...given,
});

export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  instance: z.string(),
  member: z.string().optional(),
});

/** Reads an answer, whatever its status, that must be of this shape. */
export const answerOf = async <T>(response: Response, shape: z.ZodType<T>): Promise<T> =>
  shape.parse(await response.json());

/** Reads an answer that must be a problem document. */
export const problemOf = async (response: Response): Promise<z.infer<typeof Problem>> => {
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json')) throw new Error(`${response.status} came as "${type}"`);
  return Problem.parse(await response.json());
};

const noReplayer: Replayer = {
  end: () => Promise.resolve(),
  quarantined: () => Promise.reject(new Error('this test replays nothing')),
  discard: () => Promise.reject(new Error('this test discards nothing')),
  raw: () => Promise.reject(new Error('this test replays nothing')),
};

/**
 * With one station `ST1` and its device `dev-1`. A stream that beats does so in real time, as a browser needs it: for such an
 * API everything that comes again and again does.
 */
export const testApi = async (
  settings: Readonly<Record<string, unknown>> = {},
  given: Partial<ApiDeps> = {},
  streams: 'still' | 'beating' = 'still',
): Promise<TestApi> => {
  const folder = tempFolder();
  const clock = manualClock();
  const log = silentLog();
  const broker = await socketBroker();
  const operations = openSqliteOperations(join(folder, 'operations.db'));
  onTestFinished(() => operations.stop());
  await operations.changeRegistry([
    { kind: 'put-station', station: aStation() },
    { kind: 'put-device', device: aDevice() },
  ]);
  const store = await startStore(StoreSettings.parse({ kind: 'duckdb' }), { folder, clock, log });
  onTestFinished(() => store.stop());
  const live = makeLiveFeed();
  const { secretKey = randomBytes(32), accountSettings = AccountSettings.parse({}) } = given;
  const accounts = makeAccounts({ clock, rows: operations, secretKey, settings: accountSettings });
  const parsed = ApiSettings.parse({ port: 0, ...settings });
  const api = await startApi(parsed, {
    clock: streams === 'still' ? clock : { ...clock, every: (span, call) => systemClock.every(span, call) },
    log,
    operations,
    store,
    live,
    broker: linkTo(broker.socketPath),
    pipeline: { state: () => ({ storing: undefined, alerting: undefined, storeOutage: undefined }) },
    ledger: noLedger,
    replayer: noReplayer,
    backup: { write: () => Promise.reject(new Error('this test makes no backup')) },
    commands: makeCommandService({ clock, rows: operations, onCommand: () => undefined, onConfig: () => undefined }),
    skews: { of: () => undefined },
    versions: { levelOf: () => undefined },
    states: makeStates({
      operations,
      clock,
      silenceGrace: parsed.silenceGrace,
      isStoreAway: () => false,
      known: () => knownOf(operations),
    }),
    alerts: { end: () => Promise.reject(new Error('this test ends no alert')) },
    channels: { names: [], test: () => Promise.reject(new Error('this test has no channels')) },
    refusedPosts: new RecentRefusals(() => clock.now()),
    rates: RateSettings.parse({}),
    secretKey,
    accounts,
    accountSettings,
    isDemo: false,
    operatorToken: new Secret(OPERATOR),
    readToken: new Secret(READER),
    metrics: () => Promise.resolve('klawing_ingest_lag 0\n'),
    ...given,
  });
  onTestFinished(() => api.stop());
  const call = (path: string, init: RequestInit): Promise<Response> => fetch(`${api.url}${path}`, init);
  return {
    url: api.url,
    folder,
    api,
    operations,
    accounts,
    store,
    live,
    broker,
    clock,
    log,
    get: (path, headers = {}) => call(path, { headers }),
    post: (path, body, headers = asOperator) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
  };
};
