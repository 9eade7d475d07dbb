import type { Command } from 'commander';
import type { z } from 'zod';
import type { Client, AnswerPage } from '#cli/client.ts';
import { withService } from '#cli/running-service.ts';
import { configureChannelTest, configureSilences } from '#cli/alert/silences.ts';
import { count, table } from '#cli/output/table.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { AlertDetail, AlertList, AlertSchema } from '#api/alerts/schema.ts';

type ShownAlert = z.infer<typeof AlertSchema>;

interface ListAlertsOptions {
  readonly state?: string;
  readonly station?: string;
  readonly severity?: string;
  readonly before?: string;
  readonly limit?: string;
  readonly all?: true;
  readonly json?: true;
}

/** Alerts in a list by default. */
const USUAL = '50';
/** Alerts in one request for all of them. */
const MOST = '1000';

const isUnconfirmed = ({ closed }: ShownAlert): boolean => closed !== null && closed.reason !== 'by-hand';

const marks = (alert: ShownAlert): string => {
  const closing = alert.closed === null ? '' : isUnconfirmed(alert) ? 'cannot be confirmed' : 'ended by hand';
  const others = [alert.acknowledged === null ? '' : 'acknowledged', alert.silenced ? 'silenced' : ''];
  return [closing, ...others].filter((mark) => mark !== '').join(', ');
};

const printList = (alerts: readonly ShownAlert[], cli: CliContext): void => {
  if (alerts.length === 0) return cli.out('no alerts');
  const head = ['id', 'state', 'severity', 'station', 'device', 'rule', 'since', 'marks', 'value, or why'];
  const rowOf = (of: ShownAlert) => [
    of.id,
    of.state,
    of.severity,
    of.station,
    of.device,
    of.rule,
    of.since,
    marks(of),
    of.detail?.en ?? `${of.value} ${of.unit_text} ${of.trend}`,
  ];
  return cli.out(table(head, alerts.map(rowOf)));
};

/** The alerts of a list, and the path of the next page when there is one. */
const readList = async (client: Client, filters: Readonly<Record<string, string>>, isAll: boolean) => {
  const alerts: ShownAlert[] = [];
  const pageSize = filters['state'] === 'standing' ? {} : { limit: isAll ? MOST : USUAL };
  let path: string | undefined = `/v1/alerts?${new URLSearchParams({ ...pageSize, ...filters })}`;
  do {
    const { answer, next }: AnswerPage<z.infer<typeof AlertList>> = await client.page(path, AlertList);
    alerts.push(...answer.alerts);
    path = next;
  } while (isAll && path !== undefined);
  return { alerts, isPart: path !== undefined };
};

/** Note below a partial list: how to see the rest, and the number and worst severity of standing alerts that it lacks. */
const tellRest = async (client: Client, listed: readonly ShownAlert[], cli: CliContext): Promise<void> => {
  const shown = new Set(listed.map(({ id }) => id));
  const { alerts } = await client.get('/v1/alerts?state=standing', AlertList);
  const standing = alerts.filter(({ id }) => !shown.has(id));
  const last = listed.at(-1)?.id ?? 0;
  cli.error(
    `only a part: ${count(listed.length, 'alert')}; older ones with --before ${last}, more with --limit, every one with --all`,
  );
  const [worst] = standing;
  if (worst === undefined) return;
  cli.error(
    `not among them: ${count(standing.length, 'alert')} pending or firing, the worst ${worst.severity} ` +
      `(${worst.title.en} at ${worst.station}); see all of these with "klawing alert list --state standing"`,
  );
};

const configureList = (alert: Command, cli: CliContext): void => {
  alert
    .command('list')
    .description('list alerts, newest first; those that stand (pending and firing) all at once, worst first')
    .option('--state <state>', 'pending, firing, resolved, closed, or standing: every one that is pending or firing')
    .option('--station <id>', 'of one station only')
    .option('--severity <severity>', 'minor, moderate, severe or extreme')
    .option('--before <id>', 'alerts with a smaller id only')
    .option('--limit <count>', `how many, ${USUAL} by default`)
    .option('--all', 'all alerts')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing alert list --state standing')
    .action(async ({ json, all, ...filters }: ListAlertsOptions) => {
      await withService(cli.settings(), async (client) => {
        const { alerts, isPart } = await readList(client, { ...filters }, all === true);
        if (json === true) cli.out(JSON.stringify(alerts, undefined, 2));
        else printList(alerts, cli);
        if (isPart) await tellRest(client, alerts, cli);
      });
    });
};

const print = (alert: z.infer<typeof AlertDetail>, cli: CliContext): void => {
  cli.out(`alert ${alert.id} (${alert.state}): ${alert.title.en}, ${alert.severity}`);
  cli.out(`station ${alert.station}, ${alert.station_name}; rule ${alert.rule}; device ${alert.device}`);
  if (alert.detail === null) {
    cli.out(`${alert.property} ${alert.value} ${alert.unit_text}, ${alert.trend}, at ${alert.observed_at}`);
    cli.out(`raised at ${alert.raise}, cleared at ${alert.clear}, since ${alert.since}`);
  } else cli.out(`${alert.detail.en}\nsince ${alert.since}, observed at ${alert.observed_at}`);
  if (alert.closed !== null) {
    const how = isUnconfirmed(alert) ? 'closed, it cannot be confirmed that it is over' : 'closed';
    cli.out(`${how}: ${alert.closed.why.en}, at ${alert.closed.at}`);
  }
  if (alert.acknowledged !== null) {
    const { at, by, note } = alert.acknowledged;
    cli.out(`acknowledged at ${at}${by === null ? '' : ` by ${by}`}${note === null ? '' : `: ${note}`}`);
  }
  const history = alert.history.map((of) => [of.at, of.kind, of.value, of.by ?? '', of.note ?? '']);
  cli.out(`\n${table(['at', 'what', 'value', 'by', 'note'], history)}`);
  if (alert.receipts.length === 0) return;
  const receipts = alert.receipts.map((of) => [
    of.channel,
    of.recipient,
    of.state,
    of.late ? `${of.delivery}, late` : of.delivery,
    of.attempts,
    of.delivered_at ?? of.last_error ?? '',
  ]);
  cli.out(`\n${table(['channel', 'recipient', 'message', 'delivery', 'tries', 'at, or why not'], receipts)}`);
};

const configureShow = (alert: Command, cli: CliContext): void => {
  alert
    .command('show <id>')
    .description('show one alert with its history and its messages')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing alert show 12')
    .action(async (id: string, { json }: { readonly json?: true }) => {
      const found = await withService(cli.settings(), (client) =>
        client.get(`/v1/alerts/${encodeURIComponent(id)}`, AlertDetail),
      );
      if (json === true) cli.out(JSON.stringify(found, undefined, 2));
      else print(found, cli);
    });
};

interface AcknowledgeOptions {
  readonly by?: string;
  readonly note?: string;
  readonly json?: true;
}

const configureAcknowledge = (alert: Command, cli: CliContext): void => {
  alert
    .command('acknowledge <id>')
    .description('acknowledge an alert: somebody looks after it')
    .option('--by <name>', 'who')
    .option('--note <text>', 'what is being done')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing alert acknowledge 12 --by Sari --note "petugas menuju lokasi"')
    .action(async (id: string, { json, ...body }: AcknowledgeOptions) => {
      const found = await withService(cli.settings(), (client) =>
        client.post(`/v1/alerts/${encodeURIComponent(id)}/acknowledge`, body, AlertSchema),
      );
      if (json === true) cli.out(JSON.stringify(found, undefined, 2));
      else cli.out(`alert ${found.id} (${found.state}) acknowledged at ${found.acknowledged?.at ?? ''}`);
    });
};

interface EndOptions {
  readonly note: string;
  readonly by?: string;
  readonly json?: true;
}

const configureEnd = (alert: Command, cli: CliContext): void => {
  alert
    .command('end <id>')
    .description('end an alert by hand; recipients are notified, and new readings may raise it again')
    .requiredOption('--note <text>', 'why')
    .option('--by <name>', 'person who ends it; "operator" by default')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing alert end 12 --by Sari --note "sensor rusak, muka air sudah dilihat"')
    .action(async (id: string, { json, ...body }: EndOptions) => {
      const found = await withService(cli.settings(), (client) =>
        client.post(`/v1/alerts/${encodeURIComponent(id)}/end`, body, AlertSchema),
      );
      if (json === true) cli.out(JSON.stringify(found, undefined, 2));
      else cli.out(`alert ${found.id} (${found.state}) ended by hand at ${found.closed?.at ?? ''}`);
    });
};

/** Alerts, silences and channels. */
export const alert: Verb = {
  name: 'alert',
  summary: 'list, show, acknowledge, end and silence alerts, and try channels',
  examples: ['klawing alert list --state standing', 'klawing alert acknowledge 12 --by Sari'],
  configure: (command, cli) => {
    configureList(command, cli);
    configureShow(command, cli);
    configureAcknowledge(command, cli);
    configureEnd(command, cli);
    configureSilences(command, cli);
    configureChannelTest(command, cli);
  },
};
