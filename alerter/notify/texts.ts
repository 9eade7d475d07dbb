import { SEVERITY_TEXT, SYSTEM_TEXT } from '#model/alerts/severity-text.ts';
import type { AlertDocument } from '#model/alerts/alert-document.ts';
import { onOneLine } from '#model/base/printable.ts';
import type { Text } from '#model/readings/family.ts';
import { WIB, type Instant, parseInstant } from '#model/base/instant.ts';
import type { Notice } from './notice.ts';

export const LANGUAGES = ['id', 'en'] as const;
export type MessageLanguage = (typeof LANGUAGES)[number];

const WORDS = {
  id: {
    test: 'UJI COBA',
    over: 'Berakhir',
    station: 'Stasiun',
    device: 'Perangkat',
    value: 'Nilai',
    level: 'Batas',
    cleared: 'Batas berakhir',
    trend: 'Kecenderungan',
    observed: 'Waktu pengamatan',
    since: 'Sejak',
    severity: 'Tingkat',
    rising: 'naik',
    falling: 'turun',
    steady: 'tetap',
    look: 'Lihat peringatan ini',
    cause: 'Sebab',
    channel: 'Saluran',
    unconfirmed: 'Tidak dapat dipastikan',
    ended: 'Diakhiri petugas',
    notOver: 'Tidak ada pengukuran yang menunjukkan bahwa keadaannya sudah berakhir',
    late: 'TERLAMBAT',
    isLate: (at: string, stands: boolean) =>
      `Pesan ini terlambat: dibuat ${at} dan baru sekarang dapat disampaikan.${stands ? ' Peringatan ini masih berlaku; nilai di bawah ini adalah nilai terbaru.' : ''}`,
    isTest: 'Ini hanya uji coba saluran. Tidak ada kejadian, dan tidak ada tindakan yang diperlukan.',
  },
  en: {
    test: 'TEST',
    over: 'Over',
    station: 'Station',
    device: 'Device',
    value: 'Value',
    level: 'Level',
    cleared: 'Clear level',
    trend: 'Trend',
    observed: 'Observed',
    since: 'Since',
    severity: 'Severity',
    rising: 'rising',
    falling: 'falling',
    steady: 'steady',
    look: 'Show this alert',
    cause: 'Cause',
    channel: 'Channel',
    unconfirmed: 'Cannot be confirmed',
    ended: 'Ended by hand',
    notOver: 'No measurement shows that it is over',
    late: 'LATE',
    isLate: (at: string, stands: boolean) =>
      `This message is late: it was made ${at} and could not be delivered before.${stands ? ' The alert still stands; the value below is the newest.' : ''}`,
    isTest: 'This is a test of the channel. Nothing has happened, and nothing has to be done.',
  },
} as const;

const LOCALES = { id: 'id-ID', en: 'en-GB' } as const;

const timeIn = (language: MessageLanguage, at: Instant): string => {
  const format = new Intl.DateTimeFormat(LOCALES[language], {
    dateStyle: 'medium',
    timeStyle: 'medium',
    timeZone: WIB,
  });
  return `${format.format(at)} WIB`;
};

const numberIn = (language: MessageLanguage, value: number, decimals: number): string =>
  new Intl.NumberFormat(LOCALES[language], { maximumFractionDigits: decimals, minimumFractionDigits: 0 }).format(value);

/** A notice in the words of one language. */
export interface Wording {
  readonly subject: string;
  /** A sentence about a test, a late message or a closed alert; undefined where none is needed. */
  readonly remark: string | undefined;
  readonly lines: readonly (readonly [label: string, text: string])[];
  readonly look: string;
}

const valueIn = (language: MessageLanguage, { decimals, alert }: Notice, value: number): string =>
  `${numberIn(language, value, decimals)} ${alert.unit_text}`.trimEnd();

/** The event of a message: the alert fires, or the way in which it ended. */
const eventOf = (language: MessageLanguage, { state, title, closed }: AlertDocument): string => {
  const words = WORDS[language];
  if (state === 'resolved') return `${words.over}: ${title[language]}`;
  if (closed === null) return title[language];
  return `${closed.reason === 'by-hand' ? words.ended : words.unconfirmed}: ${title[language]}`;
};

const remarkOf = (language: MessageLanguage, { alert, isTest, lateSince }: Notice): string | undefined => {
  const words = WORDS[language];
  if (isTest) return words.isTest;
  const isFiring = alert.state === 'firing';
  const remarks = [
    ...(lateSince === undefined ? [] : [words.isLate(timeIn(language, lateSince), isFiring)]),
    ...(alert.closed === null ? [] : [`${alert.closed.why[language]}. ${words.notOver}.`]),
  ];
  return remarks.length === 0 ? undefined : remarks.join(' ');
};

const subjectOf = (language: MessageLanguage, notice: Notice): string => {
  const { alert, isTest, lateSince } = notice;
  const words = WORDS[language];
  const event = eventOf(language, alert);
  const mark = isTest ? `[${words.test}] ` : lateSince === undefined ? '' : `[${words.late}] `;
  if (alert.detail !== null) return `${mark}${event} – ${alert.device === '' ? alert.station_name : alert.device}`;
  const value = `${valueIn(language, notice, alert.value)}, ${words[alert.trend]}`;
  return `${mark}${event} – ${alert.station_name} (${value})`;
};

const at = (text: string): Instant => parseInstant(text) ?? 0;

/** The device of an alert about a channel is that channel. */
const deviceWord = (language: MessageLanguage, { rule }: AlertDocument): string =>
  rule === 'channel-failing' ? WORDS[language].channel : WORDS[language].device;

/** The lines about an alert of the system itself: cause and advice in place of value and level. */
const systemLines = (language: MessageLanguage, { alert }: Notice, detail: Text): Wording['lines'] => {
  const words = WORDS[language];
  return [
    [words.cause, detail[language]],
    ...(alert.device === '' ? [] : [[deviceWord(language, alert), alert.device] as const]),
    [words.station, alert.station_name],
    [words.severity, SYSTEM_TEXT[language]],
    [words.since, timeIn(language, at(alert.since))],
  ];
};

/** Each text stays one line: a name in it may come from a device, from an imported list or from a rule. */
const onOneLineEach = ({ subject, remark, lines, look }: Wording): Wording => ({
  subject: onOneLine(subject),
  remark: remark === undefined ? undefined : onOneLine(remark),
  lines: lines.map(([label, text]) => [label, onOneLine(text)]),
  look,
});

/** The words of a message in one language: event, place, value, level and trend, with times in WIB. */
export const wordingOf = (language: MessageLanguage, notice: Notice): Wording =>
  onOneLineEach(wordsOf(language, notice));

const wordsOf = (language: MessageLanguage, notice: Notice): Wording => {
  const words = WORDS[language];
  const { alert } = notice;
  const { clear, raise, state }: AlertDocument = alert;
  if (alert.detail !== null) {
    const remark = remarkOf(language, notice);
    const lines = systemLines(language, notice, alert.detail);
    return { subject: subjectOf(language, notice), remark, lines, look: words.look };
  }
  return {
    subject: subjectOf(language, notice),
    remark: remarkOf(language, notice),
    lines: [
      [words.station, `${alert.station_name} (${alert.station})`],
      [words.value, valueIn(language, notice, alert.value)],
      state === 'resolved'
        ? [words.cleared, valueIn(language, notice, clear)]
        : [words.level, valueIn(language, notice, raise)],
      [words.trend, words[alert.trend]],
      [words.severity, SEVERITY_TEXT[alert.severity][language]],
      [words.observed, timeIn(language, at(alert.observed_at))],
      [words.since, timeIn(language, at(alert.since))],
      [words.device, alert.device],
    ],
    look: words.look,
  };
};
