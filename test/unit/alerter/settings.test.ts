import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkChannels, openChannels } from '#alerter/notify/open-channels.ts';
import { AlertSettings, channelsOf } from '#alerter/settings.ts';
import { readRulesFile } from '#cli/rules-file.ts';
import { readSettings } from '#cli/settings.ts';
import { bancarRule } from '#test/support/builders/alerting.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const fileOf = (text: string): string => {
  const path = join(tempFolder(), 'settings.yaml');
  writeFileSync(path, text);
  return path;
};

const MAIL = {
  KLAWING_SMTP_URL: 'smtp://a',
  KLAWING_ALERT_EMAIL_TO: 'a@example.org',
  KLAWING_ALERT_EMAIL_FROM: 'alert@example.go.id',
};

const SECRET = 'a-webhook-secret-of-a-test';

describe('alerts: in klawing.yaml', () => {
  test('brings log and mqtt, unless they are switched off', () => {
    expect([...channelsOf(AlertSettings.parse({})).keys()]).toEqual(['log', 'mqtt']);
    expect([...channelsOf(AlertSettings.parse({ channels: { log: { enabled: false } } })).keys()]).toEqual(['mqtt']);
  });

  test('takes one webhook and one mail channel from the environment, over what the file says', () => {
    const password = join(tempFolder(), 'smtp');
    writeFileSync(password, 'smtp://klawing:rahasia@127.0.0.1:2525\n');
    const { alerts } = readSettings(fileOf('alerts: { channels: { webhook: { url: "http://other" } } }'), {
      KLAWING_ALERT_WEBHOOK_URL: 'https://posko.example.go.id/in',
      KLAWING_ALERT_WEBHOOK_SECRET: SECRET,
      KLAWING_SMTP_URL_FILE: password,
      KLAWING_ALERT_EMAIL_TO: 'a@example.org,"B, b" <b@example.org>',
      KLAWING_ALERT_EMAIL_FROM: 'Klawing Purbalingga <alert@example.go.id>',
      KLAWING_ALERT_EMAIL_EHLO: 'mail.example.go.id',
      KLAWING_ALERT_LINK: 'https://klawing.example.go.id/',
    });
    expect(alerts.link).toBe('https://klawing.example.go.id');
    expect(Object.keys(alerts.channels).toSorted()).toEqual(['email', 'webhook']);
    expect(alerts.channels['webhook']).toMatchObject({ kind: 'webhook', url: 'https://posko.example.go.id/in' });
    expect(alerts.channels['email']).toMatchObject({
      from: { name: 'Klawing Purbalingga', address: 'alert@example.go.id' },
      to: [{ address: 'a@example.org' }, { name: 'B, b', address: 'b@example.org' }],
      ehlo: 'mail.example.go.id',
    });
    expect(JSON.stringify(alerts)).not.toMatch(new RegExp(`rahasia|${SECRET}`));
  });

  test.for([
    [
      'alerts: { channels: { webhook: { url: "posko" } } }',
      {},
      /"alerts\.channels\.webhook\.url" is hidden: an address/,
    ],
    ['alerts: { channels: { posko: { url: "http://a" } } }', {}, /"alerts\.channels\.posko\.kind" is not set/],
    ['alerts: { channels: { log: { level: 1 } } }', {}, /"alerts\.channels\.log\.level" is not a setting/],
    ['alerts: { channels: { log: { kind: fax } } }', {}, /"alerts\.channels\.log\.kind" is "fax"/],
    ['alerts: { language: jv }', {}, /"alerts\.language" is "jv"/],
    [
      '',
      { KLAWING_ALERT_WEBHOOK_URL: 'http://a' },
      /"alerts\.channels\.webhook\.secret" is not set.*KLAWING_ALERT_WEBHOOK_SECRET/,
    ],
    ['', { KLAWING_SMTP_URL: 'smtp://a' }, /"alerts\.channels\.email\.to" is not set.*KLAWING_ALERT_EMAIL_TO/],
    [
      '',
      { KLAWING_SMTP_URL: 'smtp://a', KLAWING_ALERT_EMAIL_TO: 'posko' },
      /"alerts\.channels\.email\.to.*"posko" is no address such as/,
    ],
    [
      '',
      { KLAWING_SMTP_URL: 'smtp://a', KLAWING_ALERT_EMAIL_TO: 'a@example.org' },
      /"alerts\.channels\.email\.from" is not set: mail needs a sender.*KLAWING_ALERT_EMAIL_FROM/,
    ],
    [
      '',
      { ...MAIL, KLAWING_ALERT_EMAIL_FROM: 'klawing@localhost.localdomain' },
      /"alerts\.channels\.email\.from" is "klawing@localhost.localdomain": no mail server takes .*Klawing Purbalingga </,
    ],
    [
      '',
      { ...MAIL, KLAWING_ALERT_EMAIL_EHLO: 'klawing' },
      /"alerts\.channels\.email\.ehlo" is "klawing": the full name/,
    ],
    [
      '',
      { KLAWING_ALERT_LINK: 'klawing.example.go.id' },
      /"alerts\.link" is "klawing.example.go.id".*KLAWING_ALERT_LINK/,
    ],
  ] as const)('refuses %s with %j', ([text, env, message]) => {
    expect(() => readSettings(fileOf(text), env)).toThrow(message);
  });

  test('shows no secret that it refuses, of whatever channel', () => {
    const text = 'alerts: { channels: { bpbd: { kind: webhook, url: "http://a", secret: pendek } } }';
    expect(() => readSettings(fileOf(text), {})).toThrow(/"alerts\.channels\.bpbd\.secret" is hidden: 16 characters/);
  });
});

describe('the channels of a rule', () => {
  test('have to be there', () => {
    const deps = { clock: manualClock(), log: silentLog(), publish: () => Promise.resolve() };
    const channels = openChannels(AlertSettings.parse({}), deps);
    expect(() => checkChannels([bancarRule({ channels: ['log'] })], channels)).not.toThrow();
    expect(() => checkChannels([bancarRule({ channels: ['fax'] })], channels)).toThrow(/"fax".*log, mqtt/);
  });
});

describe('the rules file', () => {
  test('need not be there, unless it is named', () => {
    expect(() => readRulesFile('/nowhere/rules.yaml')).toThrow(/SETTING_INVALID|cannot be used/);
    expect(readRulesFile(fileOf('rules: [{ id: waspada, hold: 10m }]'))).toHaveLength(1);
    expect(() => readRulesFile(fileOf('rules: ['))).toThrow(/cannot be used/);
  });
});
