import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { nodeRedFlow } from '#bench/peers/node-red.ts';
import { telegrafConfig } from '#bench/peers/telegraf.ts';
import type { CollectorTarget } from '#bench/peers/collector.ts';

const VERSION_1: CollectorTarget = {
  mqttPort: 1_884,
  store: { url: 'http://127.0.0.1:8087', database: 'klawing', token: undefined, organization: 'klawing' },
};
const VERSION_2: CollectorTarget = { ...VERSION_1, store: { ...VERSION_1.store, token: 'a "quoted" token' } };

/** The settings of one table of TOML, as far as this file uses TOML. */
const tableOf = (config: string, name: string): Record<string, unknown> => {
  const [, body = ''] = config.split(`\n${name}\n`);
  const lines = (body.split(/\n\s*\[/)[0] ?? '').trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [key = '', value = ''] = line.split(' = ');
      return [key.trim(), JSON.parse(value)];
    }),
  );
};

describe('the configuration of Telegraf', () => {
  const config = telegrafConfig(VERSION_1);

  test('subscribes with QoS 1 and a persistent session, and takes device and time from the message', () => {
    expect(tableOf(config, '[[inputs.mqtt_consumer]]')).toEqual({
      servers: ['tcp://127.0.0.1:1884'],
      topics: ['v1/+/readings'],
      topic_tag: '',
      qos: 1,
      client_id: 'telegraf',
      persistent_session: true,
      max_undelivered_messages: 10_000,
      name_override: 'air',
      data_format: 'json',
      json_time_key: 'time',
      json_time_format: '2006-01-02T15:04:05.000Z07:00',
    });
    expect(tableOf(config, '  [[inputs.mqtt_consumer.topic_parsing]]')).toEqual({
      topic: 'v1/+/readings',
      tags: '_/device/_',
    });
  });

  test('writes into InfluxDB 1.x, and with a token into 2.x', () => {
    expect(tableOf(config, '[[outputs.influxdb]]')).toEqual({
      urls: ['http://127.0.0.1:8087'],
      database: 'klawing',
      skip_database_creation: true,
    });
    const second = telegrafConfig(VERSION_2);
    expect(second).not.toContain('[[outputs.influxdb]]');
    expect(tableOf(second, '[[outputs.influxdb_v2]]')).toEqual({
      urls: ['http://127.0.0.1:8087'],
      token: 'a "quoted" token',
      organization: 'klawing',
      bucket: 'klawing',
    });
  });
});

describe('the flow of Node-RED', () => {
  test('is wired from the subscription to the request', () => {
    const nodes = new Map(nodeRedFlow(VERSION_1).map((node) => [node['id'], node]));
    const path: unknown[] = [];
    for (let id: unknown = 'in'; id !== undefined; ) {
      const wires = nodes.get(id)?.['wires'];
      path.push(nodes.get(id)?.['type']);
      id = Array.isArray(wires) ? wires[0]?.[0] : undefined;
    }
    expect(path).toEqual(['mqtt in', 'function', 'join', 'http request']);
    expect(nodes.get('broker')).toMatchObject({ port: '1884', cleansession: false });
    expect(nodes.get('write')?.['url']).toBe('http://127.0.0.1:8087/write?db=klawing&precision=ms');
  });

  test('makes a line of InfluxDB from a message', () => {
    const line = nodeRedFlow(VERSION_1).find(({ id }) => id === 'line');
    const msg = {
      topic: 'v1/bench-7/readings',
      payload: { time: '2026-01-01T00:00:00.123Z', values: { pm2_5: 38.5, battery_voltage: 3.01 } },
    };
    expect(vm.runInNewContext(`((msg) => { ${String(line?.['func'])} })(msg)`, { msg })).toEqual({
      payload: 'air,device=bench-7 pm2_5=38.5,battery_voltage=3.01 1767225600123',
    });
  });
});
