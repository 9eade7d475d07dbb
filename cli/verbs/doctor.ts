import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkCertificates } from '#cli/checks/certificate.ts';
import { checkChannels } from '#cli/checks/channels.ts';
import { type DoctorCheck, failed, type CheckFinding, type CheckContext, ok, type Running } from '#cli/checks/check.ts';
import {
  checkAccepting,
  checkDatabase,
  checkJournal,
  checkReaders,
  checkStore,
  checkVersions,
} from '#cli/checks/data.ts';
import { checkFolder } from '#cli/checks/folder.ts';
import { checkIdentityService } from '#cli/checks/identity-service.ts';
import { checkClock, checkDisk, checkFileSystem, checkNode } from '#cli/checks/machine.ts';
import { checkPorts } from '#cli/checks/ports.ts';
import { checkFormat, dataFolderAt } from '#runtime/data-folder.ts';
import { apiUrl } from '#cli/running-service.ts';
import type { Settings } from '#cli/settings.ts';
import { progressBar, table } from '#cli/output/table.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { inspectDatabase } from '#storage/operations/sqlite/inspect.ts';
import { inspectJournal } from '#journal/read/inspect.ts';
import { systemClock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import { Readiness } from '#api/system/schema.ts';

/** In the order of the output. */
const CHECKS: readonly DoctorCheck[] = [
  checkFolder,
  checkDisk,
  checkFileSystem,
  checkClock,
  checkPorts,
  checkCertificates,
  checkAccepting,
  checkVersions,
  checkJournal,
  checkDatabase,
  checkReaders,
  checkStore,
  checkChannels,
  checkIdentityService,
];

const PATIENCE_MS = 5_000;

const REFUSED_LEVELS = /^klawing_broker_refused_total\{reason="protocol-level"\} (\d+)$/m;

/** Undefined when nothing answers, or a program that is not Klawing. */
const ask = async (settings: Settings): Promise<Running | undefined> => {
  const get = (path: string): Promise<Response> =>
    fetch(`${apiUrl(settings)}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  try {
    const readiness = Readiness.safeParse(await (await get('/readyz')).json()).data;
    if (readiness === undefined) return undefined;
    const refused = REFUSED_LEVELS.exec(await (await get('/metrics')).text())?.[1];
    return { ...readiness, refusedLevels: refused === undefined ? undefined : Number(refused) };
  } catch {
    return undefined;
  }
};

/** Result of a check, or its error as a finding. */
const attempt = async <T>(check: string, run: () => Promise<T> | T): Promise<{ value?: T; finding?: CheckFinding }> => {
  try {
    return { value: await run() };
  } catch (error) {
    if (error instanceof Fault)
      return { finding: failed(check, `${error.code}: ${error.message}`, 'see docs/faults.md') };
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const todo = 'check the disk and the rights of the data folder; restore a backup if the file is damaged';
    return { finding: failed(check, error.message, todo) };
  }
};

const sizeOf = async (journal: string): Promise<number> => {
  const names = (await readdir(journal)).filter((name) => name.endsWith('.seg'));
  return names.reduce((sum, name) => sum + (statSync(join(journal, name), { throwIfNoEntry: false })?.size ?? 0), 0);
};

const lookThrough = async (journal: string, cli: CliContext) => {
  const of = await sizeOf(journal);
  const draw = progressBar('reading the journal, bytes', cli.isTerminal);
  let done = 0;
  const found = await inspectJournal(journal, (bytes) => draw((done += bytes), Math.max(of, done)), cli.ended);
  return found;
};

const examine = async (settings: Settings, cli: CliContext): Promise<readonly CheckFinding[]> => {
  const folder = dataFolderAt(settings.data);
  if (!existsSync(folder.root)) {
    return [ok('data folder', `${folder.root} does not exist yet; the first start creates it`)];
  }
  const format = await attempt('data folder', () => checkFormat(folder.root));
  if (format.finding !== undefined) return [format.finding];
  const running = await ask(settings);
  // cursors first: later they could be beyond the end of the journal that was read
  const database = await attempt('operations', () =>
    existsSync(folder.operations) ? inspectDatabase(folder.operations) : undefined,
  );
  const journal = await attempt('journal', () =>
    existsSync(folder.journal) ? lookThrough(folder.journal, cli) : undefined,
  );
  const context: CheckContext = {
    settings,
    folder,
    clock: systemClock,
    running,
    journal: journal.value,
    database: database.value,
  };
  const broken = [journal.finding, database.finding].flatMap((finding) => finding ?? []);
  const findings: CheckFinding[] = [];
  for (const check of CHECKS) findings.push(...(await check(context)));
  // parts that could not be checked are reported already
  return [...findings.filter(({ check }) => !broken.some((each) => each.check === check)), ...broken];
};

const settingsOf = (cli: CliContext): Settings | CheckFinding => {
  try {
    return cli.settings();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return failed('settings', error.detail, 'correct it; nothing else was checked');
  }
};

const run = async ({ json }: { readonly json?: true }, cli: CliContext): Promise<void> => {
  const settings = settingsOf(cli);
  const findings = [
    ...checkNode(),
    ...('check' in settings ? [settings] : [ok('settings', 'valid'), ...(await examine(settings, cli))]),
  ];
  const isWell = findings.every(({ state }) => state !== 'failed');
  if (json === true) {
    cli.out(JSON.stringify({ well: isWell, findings }, undefined, 2));
  } else {
    cli.out(
      table(
        ['', 'check', 'found'],
        findings.map(({ state, check, found }) => [state, check, found]),
      ),
    );
    for (const { check, todo } of findings) if (todo !== undefined) cli.out(`${check}: ${todo}`);
    cli.out(isWell ? 'nothing failed' : 'SOMETHING FAILED');
  }
  if (!isWell) cli.fail();
};

/** Checks of the whole installation. */
export const doctor: Verb = {
  name: 'doctor',
  summary: 'check this installation, and say what to do',
  examples: ['klawing doctor', 'klawing doctor --json'],
  configure: (command, cli) => {
    command.option('--json', 'as JSON').action((options: { readonly json?: true }) => run(options, cli));
  },
};
