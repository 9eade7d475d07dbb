import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Collector, type CollectorTarget, startCollector } from './collector.ts';

/** Messages that Telegraf reads before an output has written them, and metrics of one write. */
const MAX_UNDELIVERED = 10_000;
const BATCH = 5_000;

/** A text of TOML (section "String": a basic string escapes as JSON does). */
const text = (value: string): string => JSON.stringify(value);

const outputOf = ({ url, database, token, organization }: CollectorTarget['store']): string =>
  token === undefined
    ? `[[outputs.influxdb]]
  urls = [${text(url)}]
  database = ${text(database)}
  skip_database_creation = true
`
    : `[[outputs.influxdb_v2]]
  urls = [${text(url)}]
  token = ${text(token)}
  organization = ${text(organization)}
  bucket = ${text(database)}
`;

/**
 * The configuration of Telegraf for the load: QoS 1 with a persistent session, large batches that leave after 200 ms at the
 * latest, the device from the topic, and the time of the reading. Written after the documentation of `agent`,
 * `inputs.mqtt_consumer`, the parser `json`, `outputs.influxdb` and `outputs.influxdb_v2`.
 */
export const telegrafConfig = ({ mqttPort, store }: CollectorTarget): string => `[agent]
  interval = "1s"
  round_interval = false
  metric_batch_size = ${BATCH}
  metric_buffer_limit = 1000000
  flush_interval = "200ms"
  flush_jitter = "0s"
  omit_hostname = true
  quiet = true

[[inputs.mqtt_consumer]]
  servers = [${text(`tcp://127.0.0.1:${mqttPort}`)}]
  topics = ["v1/+/readings"]
  topic_tag = ""
  qos = 1
  client_id = "telegraf"
  persistent_session = true
  max_undelivered_messages = ${MAX_UNDELIVERED}
  name_override = "air"
  data_format = "json"
  json_time_key = "time"
  json_time_format = "2006-01-02T15:04:05.000Z07:00"
  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "v1/+/readings"
    tags = "_/device/_"

${outputOf(store)}`;

/** Starts Telegraf. Undefined when it is not installed. */
export const startTelegraf = (target: CollectorTarget): Promise<Collector | undefined> =>
  // the parser joins the names of nested objects
  startCollector('telegraf', { name: 'Telegraf', field: 'values_pm2_5' }, (folder) => {
    const config = join(folder, 'telegraf.conf');
    writeFileSync(config, telegrafConfig(target));
    return ['--config', config];
  });
