import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { bancar, type Bancar, HOOK_SECRET, told, webhookAt } from '#test/support/builders/bancar.ts';
import { eventually } from '#test/support/eventually.ts';
import { hookServer, type TestHook } from '#test/support/fakes/hook.ts';
import { decoded, headerOf, type Mail, smtpServer, type TestSmtp } from '#test/support/servers/smtp.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const Receipts = z.object({
  receipts: z.array(
    z.looseObject({
      channel: z.string(),
      recipient: z.string(),
      state: z.string(),
      delivery: z.string(),
      late: z.boolean(),
    }),
  ),
});

const Findings = z.object({
  findings: z.array(z.looseObject({ check: z.string(), state: z.string(), found: z.string() })),
});

/** A mail is given up after two seconds, and a channel counts as failing after one. */
const impatient = (): string => {
  const rules = join(tempFolder(), 'rules.yaml');
  writeFileSync(rules, 'rules: [{ id: channel-failing, hold: 1s }]\n');
  return `ingest: { probeEvery: 500ms }\nalerts: { rules: ${rules}, giveUpAfter: 2s }\n`;
};

interface Away {
  readonly bed: Bancar;
  readonly hook: TestHook;
  readonly smtp: TestSmtp;
  /** The alert that fires. */
  readonly id: number;
  /** Receipts of mail about it, as `firing missed`. */
  mailed(): Promise<readonly string[]>;
  /** Mails about it. */
  mails(): readonly Mail[];
}

/** Waspada at Bancar fires while the mail server takes nothing, until the alarm is given up. */
const fireWhileAway = async (): Promise<Away> => {
  const hook = await hookServer(HOOK_SECRET);
  const smtp = await smtpServer();
  smtp.refuse('greeting', 421);
  const mail = { KLAWING_SMTP_URL: smtp.url, KLAWING_ALERT_EMAIL_TO: 'posko@example.go.id' };
  const env = { ...webhookAt(hook), ...mail, KLAWING_ALERT_EMAIL_FROM: 'alert@example.go.id' };
  const bed = await bancar(env, ['broker', 'ingest'], impatient());
  await bed.send(8, 2.6);
  await bed.send(1, 2.6);
  const id = await bed.untilState('firing');
  const mailed: Away['mailed'] = async () =>
    Receipts.parse(await (await bed.service.get(`/v1/alerts/${id}`)).json())
      .receipts.filter(({ channel }) => channel === 'email')
      .map(({ state, delivery, late }) => `${state} ${delivery}${late ? ' late' : ''}`);
  await eventually(async () => expect(await mailed()).toEqual(['firing missed']));
  const isAboutIt = ({ source }: Mail): boolean => decoded(source).includes('Waspada banjir – Klawing');
  return { bed, hook, smtp, id, mailed, mails: () => smtp.mails.filter(isAboutIt) };
};

const doctorOf = async ({ service }: Bancar, check: string) => {
  const { out, err } = await service.cli('doctor', '--json');
  return Findings.parse(JSON.parse(out === '' ? err : out)).findings.find((finding) => finding.check === check);
};

describe('a mail server that is away for longer than a message is tried', () => {
  test('is reported by the other channels, and a recipient that missed the beginning gets it late and then the end, also through a kill', async () => {
    const { bed, hook, smtp, mailed, mails, id } = await fireWhileAway();
    const { service } = bed;
    const isAboutMail = ({ alert }: ReturnType<typeof told>[number]): boolean => alert.rule === 'channel-failing';
    await eventually(() =>
      expect(told(hook).filter(isAboutMail)).toMatchObject([{ alert: { state: 'firing', device: 'email' } }]),
    );
    const figures = await (await service.get('/metrics')).text();
    expect(figures).toContain('klawing_notification_recipients_failing{channel="email"} 1');
    expect(figures).toContain('klawing_notification_recipients_failing{channel="webhook"} 0');
    expect(figures).toMatch(/klawing_notification_messages\{channel="email",delivery="missed"\} [1-9]/);
    expect(await doctorOf(bed, 'channel email')).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('1 of 1 recipient not reached since'),
      todo: expect.stringContaining('klawing alert test-channel email'),
    });
    expect(await doctorOf(bed, 'channel webhook')).toMatchObject({ state: 'ok' });
    expect(await doctorOf(bed, 'links in messages')).toMatchObject({ state: 'warning' });

    await service.kill('ingest', 'SIGKILL');
    expect(await doctorOf(bed, 'channel email'), 'the same while it does not run').toMatchObject({ state: 'failed' });
    smtp.refuse('greeting', undefined);
    service.start('ingest');
    await service.ready();
    await eventually(async () => expect(await mailed()).toEqual(['firing delivered late']));
    const [alarm] = mails();
    expect(mails()).toHaveLength(1);
    expect(decoded(alarm?.source ?? '')).toContain('[TERLAMBAT] Waspada banjir');
    expect(decoded(alarm?.source ?? '')).toMatch(/Pesan ini terlambat: dibuat .*Peringatan ini masih berlaku/);
    await eventually(() => expect(told(hook).filter(isAboutMail).at(-1)?.alert.state).toBe('resolved'));
    expect(await doctorOf(bed, 'channel email')).toMatchObject({ state: 'ok' });

    await bed.send(0, 2.3);
    await eventually(() => expect(mails()).toHaveLength(2));
    expect(await mailed()).toEqual(['firing delivered late', 'resolved delivered']);
    const end = mails()[1]?.source;
    expect(decoded(end ?? '')).toContain('Berakhir: Waspada banjir');
    expect(headerOf(end, 'In-Reply-To')).toBe(headerOf(alarm?.source, 'Message-ID'));
    expect((await service.cli('alert', 'show', String(id))).out).toContain('delivered, late');
  });

  test('sends no recipient the end of an alert without its beginning', async () => {
    const { bed, hook, smtp, mailed, mails, id } = await fireWhileAway();
    await bed.send(0, 2.3);
    await bed.untilState('resolved');
    await eventually(() =>
      expect(
        told(hook)
          .filter(({ alert }) => alert.id === id)
          .map(({ alert }) => alert.state),
      ).toEqual(['firing', 'resolved']),
    );
    smtp.refuse('greeting', undefined);
    await eventually(async () => expect(await mailed()).toEqual(['firing withdrawn', 'resolved withdrawn']));
    expect((await bed.service.cli('alert', 'test-channel', 'email')).status).toBe(0);
    expect(headerOf(smtp.mails.at(-1)?.source, 'Subject')).toContain('UJI');
    expect(mails()).toEqual([]);
  });
});
