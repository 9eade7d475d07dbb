import { describe, expect, test } from 'vitest';
import { BrokerSettings } from '#broker/settings.ts';
import { JournalSettings } from '#journal/settings.ts';
import { days, seconds } from '#model/base/duration.ts';
import { bytesSetting, durationSetting, parseBytes, portSetting } from '#model/base/setting.ts';

describe('an amount of bytes', () => {
  test.for([
    ['0', 0],
    ['512', 512],
    ['1kB', 1_000],
    ['1KiB', 1_024],
    ['64MiB', 67_108_864],
    ['64 MiB', 67_108_864],
    ['1.5GiB', 1_610_612_736],
    ['2GB', 2_000_000_000],
  ] as const)('%s is %d', ([text, bytes]) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  test.for(['', '-1', '1 mb', '1K', '1TB', 'MiB', '1e9', '0x10', 'Infinity', 'NaN'])(
    'is not read from "%s"',
    (text) => {
      expect(parseBytes(text)).toBeUndefined();
    },
  );

  test('may be set as a number', () => {
    expect(bytesSetting.parse(4_096)).toBe(4_096);
  });
});

describe('a refused setting', () => {
  test('names what was given and shows an example', () => {
    expect(durationSetting.safeParse('5 fortnights').error?.issues[0]?.message).toMatch(/"5 fortnights".*60s/);
    expect(bytesSetting.safeParse('much').error?.issues[0]?.message).toMatch(/"much".*64MiB/);
  });

  test.for([-1, 65_536, 1.5, 'mqtt', Number.NaN])('is the port %s', (port) => {
    expect(portSetting.safeParse(port).success).toBe(false);
  });

  test.for([{ hots: '::1' }, { mqttPort: 'x' }, { access: 'none' }, { tls: { cert: 'a' } }, { maxConnections: 0 }])(
    'is %j of the broker',
    (given) => {
      expect(BrokerSettings.safeParse(given).success).toBe(false);
    },
  );
});

describe('settings that nobody set', () => {
  test('listen on loopback and refuse strangers', () => {
    expect(BrokerSettings.parse({})).toMatchObject({
      host: '127.0.0.1',
      mqttPort: 1883,
      insecure: false,
      access: 'registered',
      maxPacketBytes: 1_048_576,
      connectTimeout: seconds(10),
    });
  });

  test('keep raw packets for 30 days', () => {
    expect(JournalSettings.parse({})).toMatchObject({ segmentBytes: 67_108_864, keepRaw: days(30) });
  });
});
