import type { Page } from 'playwright-core';
import { z } from 'zod';

/** A station of the list as it was drawn. */
const Row = z.object({
  station: z.string(),
  /** As it is written: `3,62 m`. */
  value: z.string(),
  /** Text beside it: its age, or the reason why there is none. */
  about: z.string(),
  tone: z.string().nullable(),
  assurance: z.string().nullable(),
  words: z.string(),
});
export type Row = z.infer<typeof Row>;

/** The head of a station page. */
const Head = z.object({ station: z.string(), tone: z.string().nullable(), words: z.string() });

const Sight = z.object({
  /** Milliseconds since 1970, by the clock of the machine. */
  at: z.number(),
  /** Address within the console: `#/alerts`. */
  hash: z.string(),
  /** Number of firing alerts in the navigation; null where none is given. */
  count: z.string().nullable(),
  line: z.string().nullable(),
  /** Message of the page about all standing alerts: the kind of the answer; null where it lists alerts. */
  alerts: z.string().nullable(),
  text: z.string(),
  rows: z.array(Row),
  /** Head of a station page. */
  head: Head.nullable(),
  /** Alerts that are listed as standing, by their ids. */
  standing: z.array(z.string()),
  /** Markers of the map. */
  tones: z.record(z.string(), z.string()),
});
/** A page as it looked at one moment. */
export type Sight = z.infer<typeof Sight>;

const SCRIPT = `
  window.sights = [];
  let last = '';
  const textOf = (element, selector) => element.querySelector(selector)?.textContent ?? '';
  const record = () => {
    const rows = [...document.querySelectorAll('[data-station]')].map((row) => ({
      station: row.dataset.station,
      value: textOf(row, '.value'),
      about: textOf(row, '.age'),
      tone: row.querySelector('.look')?.dataset.tone ?? null,
      assurance: row.querySelector('.look')?.dataset.assurance ?? null,
      words: textOf(row, '.look'),
    }));
    const markers = [...document.querySelectorAll('[data-marker]')];
    const look = document.querySelector('.title .look');
    const labels = [...document.querySelectorAll('#main [aria-label]')].map((element) => element.ariaLabel);
    const sight = {
      hash: location.hash,
      count: document.querySelector('nav .count')?.textContent ?? null,
      head: look === null ? null : { station: (/PBG-\\w+/.exec(textOf(document, '.title p')) ?? [''])[0], tone: look.dataset.tone ?? null, words: look.textContent },
      standing: [...document.querySelectorAll('[data-alert]:is([data-state="firing"], [data-state="pending"])')].map(
        (alert) => alert.dataset.alert,
      ),
      line: document.querySelector('[data-line]')?.dataset.line ?? null,
      alerts: document.querySelector('[data-alerts]')?.dataset.alerts ?? null,
      text: [document.querySelector('#main')?.textContent ?? '', ...labels].join(' | '),
      rows,
      tones: Object.fromEntries(markers.map((marker) => [marker.dataset.marker, marker.dataset.tone])),
    };
    const written = JSON.stringify(sight);
    if (written !== last) window.sights.push({ at: performance.timeOrigin + performance.now(), ...sight });
    last = written;
  };
  new MutationObserver(record).observe(document, {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
`;

/** Writes down every look that the page takes on from the moment it is opened. To be given to `openPage`. */
export const watched = async (page: Page): Promise<void> => {
  await page.addInitScript({ content: SCRIPT });
};

/** Every look so far, in order. */
export const sightsOf = async (page: Page): Promise<readonly Sight[]> =>
  z.array(Sight).parse(await page.evaluate('window.sights'));

/** That no alert stands, as the console says it in Indonesian. */
export const NO_ALERTS = 'Tidak ada peringatan aktif';
