import { type CheckContext, type DoctorCheck, failed, type CheckFinding, ok, skipped, warning } from './check.ts';
import { makeLog } from '#cli/output/log.ts';
import { count } from '#cli/output/table.ts';
import type { Cursor } from '#storage/operations/storing.ts';
import { isUnreleased } from '#storage/operations/sqlite/migrate.ts';
import { isDatabaseMissing } from '#storage/readings/influx/advice.ts';
import { startStore } from '#storage/readings/index.ts';
import { Fault } from '#model/base/fault.ts';
import type { Inspection } from '#journal/read/inspect.ts';
import { assignedBetween } from '#journal/format/sequence-gap.ts';

/** Most entries that a healthy reader is behind the journal's end. */
const LAG = 20_000;
const RESTORE = 'stop the service, and restore a backup of the whole data folder (docs/backup.md)';

/** Result of reading the whole journal. */
export const checkJournal: DoctorCheck = ({ journal }) => {
  if (journal === undefined) return [skipped('journal', 'there is none yet; the first start creates it')];
  const found = `${count(journal.entries, 'entry', 'entries')}, ${journal.first} to ${journal.last}`;
  const [first] = journal.damaged;
  if (first === undefined) return [ok('journal', found)];
  const lost = journal.damaged.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const where = `${found}; ${lost} cannot be read, the first is ${first.from} in ${first.where}`;
  return [failed('journal', where, 'check the disk (smartctl -a); only the lost entries are skipped')];
};

/** SQLite's own check, and the version of the tables. */
export const checkDatabase: DoctorCheck = ({ database }) => {
  if (database === undefined) return [skipped('operations', 'there is no database yet; the first start creates it')];
  const { version, known, problems } = database;
  const [problem] = problems;
  if (problem !== undefined) return [failed('operations', problem, RESTORE)];
  if (version > known) {
    const found = `schema ${version}, this program knows ${known}`;
    return [failed('operations', found, 'start the newer version again, or restore a backup from before it')];
  }
  if (isUnreleased(version)) {
    const found = `schema ${version}, from before the first release`;
    return [
      failed(
        'operations',
        found,
        'keep a copy of the data folder, and start with a new one (docs/faults.md, DATA_OLDER)',
      ),
    ];
  }
  return [
    ok('operations', `whole, schema ${version}${version < known ? `; the next start brings it to ${known}` : ''}`),
  ];
};

/** Time for a store to answer. */
const PATIENCE_MS = 10_000;

const STORE_AWAY = 'bring it back; nothing is lost meanwhile (docs/operating.md, "When the store is away")';

/** Asks a server itself while nothing runs. An embedded store is opened by the service alone. */
const askStore = async ({ settings, folder, clock }: CheckContext): Promise<CheckFinding> => {
  if (settings.store.kind !== 'influx')
    return skipped('store', `${settings.store.kind}; asked only while the service runs`);
  const log = makeLog({ level: 'error', part: 'doctor', isPretty: true });
  // nothing is created by a check
  const store = await startStore({ ...settings.store, createDatabase: false }, { clock, log, folder: folder.root });
  try {
    await store.check(AbortSignal.timeout(PATIENCE_MS));
    return ok('store', 'influx answers, and Klawing may write and read there');
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (settings.store.createDatabase && isDatabaseMissing(error.detail)) {
      return ok('store', 'influx answers; the first start creates the database');
    }
    return failed(
      'store',
      `${error.code}: ${error.detail}`,
      'correct it before the start (docs/operating.md, "InfluxDB")',
    );
  } finally {
    await store.stop();
  }
};

/** State of the store: from the running service, else from the server itself. */
export const checkStore: DoctorCheck = async (context) => {
  const { running, settings } = context;
  const store = running?.dependencies.find(({ name }) => name === 'store');
  if (store === undefined) return [await askStore(context)];
  if (store.ready) return [ok('store', `${settings.store.kind} takes writes`)];
  return [failed('store', `${store.code ?? 'away'}: ${store.detail ?? 'no particulars'}`, STORE_AWAY)];
};

/** Readiness of the broker, from the running service. */
export const checkAccepting: DoctorCheck = ({ running }) =>
  (running?.dependencies ?? [])
    .filter(({ name }) => name === 'broker' || name === 'journal')
    .map(({ name, ready, code, detail }) =>
      ready
        ? ok(`accepting: ${name}`, 'ready')
        : failed(`accepting: ${name}`, `${code ?? 'away'}: ${detail ?? ''}`, 'see the log of the broker'),
    );

/** Connections with an unsupported MQTT version; reported only when there are any. */
export const checkVersions: DoctorCheck = ({ running }) => {
  const refused = running?.refusedLevels ?? 0;
  if (refused === 0) return [];
  const found = `${count(refused, 'connection', 'connections')} used another MQTT version than 3.1 and 3.1.1`;
  const todo = 'set the firmware of those devices to MQTT 3.1.1; the log of the broker names them (protocol-level)';
  return [warning('MQTT versions', found, todo)];
};

const checkReader = (name: string, cursor: Cursor, { id, last, gaps }: Inspection): CheckFinding => {
  const check = `reader ${name}`;
  if (cursor.journal !== id || cursor.sequence > last) {
    const found = `stands at entry ${cursor.sequence} of journal ${cursor.journal}, the folder holds ${id} up to ${last}`;
    return failed(check, found, RESTORE);
  }
  const lag = assignedBetween(cursor.sequence, last, gaps);
  const found = `${count(lag, 'entry', 'entries')} behind the end of the journal`;
  return lag <= LAG ? ok(check, found) : warning(check, found, 'if it grows: is the store away, the machine too slow?');
};

/** Positions of the readers, and whether they belong to this journal. */
export const checkReaders: DoctorCheck = ({ journal, database }) => {
  if (journal === undefined || database === undefined) return [];
  return [...database.cursors].map(([name, cursor]) => checkReader(name, cursor, journal));
};
