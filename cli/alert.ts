import type { Command } from 'commander';
import { z } from 'zod';
import { withService } from './service.ts';
import { configureChannelTest, configureSilences } from './silences.ts';
import { table } from './table.ts';
import type { Verb, World } from './verb.ts';

const Alert = z.object({
  id: z.number(),
  rule: z.string(),
  station: z.string(),
  station_name: z.string(),
  device: z.string(),
  property: z.string(),
  state: z.string(),
  severity: z.string(),
  title: z.object({ id: z.string(), en: z.string() }),
  value: z.number(),
  unit_text: z.string(),
  raise: z.number(),
  clear: z.number(),
  trend: z.string(),
  observed_at: z.string(),
  since: z.string(),
  fired_at: z.string().nullable(),
  resolved_at: z.string().nullable(),
  acknowledged: z.object({ at: z.string(), by: z.string().nullable(), note: z.string().nullable() }).nullable(),
  silenced: z.boolean(),
  /** Of an alert about the system or a device: cause, and what to do. */
  detail: z.object({ id: z.string(), en: z.string() }).nullable(),
});
type Alert = z.infer<typeof Alert>;

const AlertList = z.object({ alerts: z.array(Alert) });

const AlertDetail = Alert.extend({
  history: z.array(
    z.object({
      kind: z.string(),
      at: z.string(),
      received_at: z.string(),
      value: z.number(),
      note: z.string().nullable(),
    }),
  ),
  receipts: z.array(
    z.object({
      state: z.string(),
      channel: z.string(),
      recipient: z.string(),
      delivery: z.string(),
      attempts: z.number(),
      delivered_at: z.string().nullable(),
      last_error: z.string().nullable(),
    }),
  ),
});

interface ListOptions {
  readonly state?: string;
  readonly station?: string;
  readonly severity?: string;
  readonly limit: string;
  readonly json?: true;
}

const marks = ({ acknowledged, silenced }: Alert): string =>
  [acknowledged === null ? '' : 'acknowledged', silenced ? 'silenced' : ''].filter((mark) => mark !== '').join(', ');

const configureList = (alert: Command, world: World): void => {
  alert
    .command('list')
    .description('list alerts, newest first')
    .option('--state <state>', 'pending, firing or resolved')
    .option('--station <id>', 'of one station only')
    .option('--severity <severity>', 'minor, moderate, severe or extreme')
    .option('--limit <count>', 'how many', '50')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing alert list --state firing')
    .action(async ({ json, ...filters }: ListOptions) => {
      const parameters = new URLSearchParams(Object.entries(filters));
      const { alerts } = await withService(world.settings(), (client) =>
        client.get(`/v1/alerts?${parameters}`, AlertList),
      );
      if (json === true) world.out(JSON.stringify(alerts, undefined, 2));
      else if (alerts.length === 0) world.out('no alerts');
      else {
        const head = ['id', 'state', 'severity', 'station', 'device', 'rule', 'since', 'marks', 'value, or why'];
        const rowOf = (of: Alert) => [
          ...[of.id, of.state, of.severity, of.station, of.device, of.rule, of.since, marks(of)],
          of.detail?.en ?? `${of.value} ${of.unit_text} ${of.trend}`,
        ];
        world.out(table(head, alerts.map(rowOf)));
      }
    });
};

const tell = (alert: z.infer<typeof AlertDetail>, world: World): void => {
  world.out(`alert ${alert.id} (${alert.state}): ${alert.title.en}, ${alert.severity}`);
  world.out(`station ${alert.station}, ${alert.station_name}; rule ${alert.rule}; device ${alert.device}`);
  if (alert.detail === null) {
    world.out(`${alert.property} ${alert.value} ${alert.unit_text}, ${alert.trend}, at ${alert.observed_at}`);
    world.out(`raised at ${alert.raise}, cleared at ${alert.clear}, since ${alert.since}`);
  } else world.out(`${alert.detail.en}\nsince ${alert.since}, looked at ${alert.observed_at}`);
  if (alert.acknowledged !== null) {
    const { at, by, note } = alert.acknowledged;
    world.out(`acknowledged at ${at}${by === null ? '' : ` by ${by}`}${note === null ? '' : `: ${note}`}`);
  }
  const history = alert.history.map((of) => [of.at, of.kind, of.value, of.note ?? '']);
  world.out(`\n${table(['at', 'what', 'value', 'note'], history)}`);
  if (alert.receipts.length === 0) return;
  const receipts = alert.receipts.map((of) => [
    ...[of.channel, of.recipient, of.state, of.delivery, of.attempts],
    of.delivered_at ?? of.last_error ?? '',
  ]);
  world.out(`\n${table(['channel', 'recipient', 'tells', 'delivery', 'tries', 'at, or why not'], receipts)}`);
};

const configureShow = (alert: Command, world: World): void => {
  alert
    .command('show <id>')
    .description('show one alert with its history, and who was told')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing alert show 12')
    .action(async (id: string, { json }: { readonly json?: true }) => {
      const found = await withService(world.settings(), (client) =>
        client.get(`/v1/alerts/${encodeURIComponent(id)}`, AlertDetail),
      );
      if (json === true) world.out(JSON.stringify(found, undefined, 2));
      else tell(found, world);
    });
};

interface AcknowledgeOptions {
  readonly by?: string;
  readonly note?: string;
  readonly json?: true;
}

const configureAcknowledge = (alert: Command, world: World): void => {
  alert
    .command('acknowledge <id>')
    .description('say that somebody looks after an alert')
    .option('--by <name>', 'who')
    .option('--note <text>', 'what is being done')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing alert acknowledge 12 --by Sari --note "petugas menuju lokasi"')
    .action(async (id: string, { json, ...body }: AcknowledgeOptions) => {
      const found = await withService(world.settings(), (client) =>
        client.post(`/v1/alerts/${encodeURIComponent(id)}/acknowledge`, body, Alert),
      );
      if (json === true) world.out(JSON.stringify(found, undefined, 2));
      else world.out(`alert ${found.id} (${found.state}) acknowledged at ${found.acknowledged?.at ?? ''}`);
    });
};

/** Alerts, silences and channels. */
export const alert: Verb = {
  name: 'alert',
  summary: 'list, show, acknowledge and silence alerts, and try channels',
  examples: ['klawing alert list --state firing', 'klawing alert acknowledge 12 --by Sari'],
  configure: (command, world) => {
    configureList(command, world);
    configureShow(command, world);
    configureAcknowledge(command, world);
    configureSilences(command, world);
    configureChannelTest(command, world);
  },
};
