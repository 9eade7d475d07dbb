import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '#test/support/servers/free-port.ts';
import { type Collector, type CollectorTarget, startCollector } from './collector.ts';

/** Lines of one write, and the longest wait for them in seconds. */
const BATCH = 5_000;
const WAIT_SECONDS = '0.2';

/** The body of the function node: a line of InfluxDB from the topic and the parsed payload. */
const TO_LINE = `const device = msg.topic.split('/')[1];
const fields = Object.entries(msg.payload.values).map(([name, value]) => name + '=' + value).join(',');
msg.payload = 'air,device=' + device + ' ' + fields + ' ' + Date.parse(msg.payload.time);
delete msg.topic;
return msg;`;

const writeUrl = ({ url, database, token, organization }: CollectorTarget['store']): string =>
  token === undefined
    ? `${url}/write?db=${encodeURIComponent(database)}&precision=ms`
    : `${url}/api/v2/write?org=${encodeURIComponent(organization)}&bucket=${encodeURIComponent(database)}&precision=ms`;

/**
 * The flow: a subscription with QoS 1 and a persistent session, the JSON parser of the node, a function that makes a line, a
 * join of lines, and a request to InfluxDB. All nodes belong to Node-RED itself; written after their documentation.
 */
export const nodeRedFlow = ({ mqttPort, store }: CollectorTarget): readonly Record<string, unknown>[] => [
  { id: 'tab', type: 'tab', label: 'bench' },
  {
    id: 'broker',
    type: 'mqtt-broker',
    broker: '127.0.0.1',
    port: String(mqttPort),
    clientid: 'node-red',
    autoConnect: true,
    usetls: false,
    protocolVersion: '4',
    keepalive: '60',
    cleansession: false,
  },
  {
    id: 'in',
    type: 'mqtt in',
    z: 'tab',
    topic: 'v1/+/readings',
    qos: '1',
    datatype: 'json',
    broker: 'broker',
    inputs: 0,
    wires: [['line']],
  },
  { id: 'line', type: 'function', z: 'tab', func: TO_LINE, outputs: 1, wires: [['lines']] },
  {
    id: 'lines',
    type: 'join',
    z: 'tab',
    mode: 'custom',
    build: 'string',
    property: 'payload',
    propertyType: 'msg',
    joiner: '\\n',
    joinerType: 'str',
    accumulate: false,
    timeout: WAIT_SECONDS,
    count: String(BATCH),
    wires: [['write']],
  },
  {
    id: 'write',
    type: 'http request',
    z: 'tab',
    method: 'POST',
    ret: 'txt',
    url: writeUrl(store),
    persist: true,
    headers:
      store.token === undefined
        ? []
        : [{ keyType: 'other', keyValue: 'Authorization', valueType: 'other', valueValue: `Token ${store.token}` }],
    wires: [[]],
  },
];

const settingsOf = (port: number): string => `module.exports = {
  uiHost: '127.0.0.1',
  uiPort: ${port},
  httpAdminRoot: false,
  httpNodeRoot: false,
  flowFile: 'flows.json',
  logging: { console: { level: 'warn' } },
};
`;

/** Starts Node-RED without its editor. Undefined when it is not installed. */
export const startNodeRed = (target: CollectorTarget): Promise<Collector | undefined> =>
  startCollector('node-red', { name: 'Node-RED', field: 'pm2_5' }, async (folder) => {
    writeFileSync(join(folder, 'settings.js'), settingsOf(await freePort()));
    writeFileSync(join(folder, 'flows.json'), JSON.stringify(nodeRedFlow(target)));
    return ['--userDir', folder, '--settings', join(folder, 'settings.js')];
  });
