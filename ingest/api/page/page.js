/* oxlint-disable no-restricted-globals -- in a browser nobody hands over a clock */
import { readEvents } from './events.js';
import { formatAge, formatNumber, formatTime, language, switchLanguage, texts } from './texts.js';

const FLAG_CLASS = { 1: 'good', 2: 'unknown', 3: 'suspect', 4: 'fail', 9: 'fail' };
const TOKEN = 'klawing.token';
const REFRESH_MS = 60_000;
const AGES_MS = 5_000;
const AGAIN_MS = 3_000;

/** Stations by id, as they were last told; each value in `last` by property. */
const stations = new Map();
const find = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const headers = () => {
  const token = sessionStorage.getItem(TOKEN);
  return token === null ? {} : { authorization: `Bearer ${token}` };
};

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

const rowOf = (station, value) => {
  const { property, flag } = value;
  const row = make('tr', {
    'data-property': property,
    ...(property === station.headline ? { class: 'headline' } : {}),
  });
  const title = value.title[language];
  const number = formatNumber(value.value, value.decimals);
  row.append(
    make('th', { scope: 'row' }, title),
    make('td', { class: 'value' }, number, ' ', make('small', {}, value.unit_text)),
    make('td', { class: `flag ${FLAG_CLASS[flag]}` }, texts().flags[flag]),
    make('td', { class: 'age', title: formatTime(value.observed_at) }),
  );
  writeAge(row, value);
  return row;
};

const writeAge = (row, value) => {
  const age = Math.max(0, (Date.now() - Date.parse(value.observed_at)) / 1_000);
  row.querySelector('.age').textContent = formatAge(age);
};

const tableOf = (station) => {
  if (station.last.size === 0) return make('p', { class: 'quiet' }, texts().noValues);
  const columns = ['property', 'value', 'quality', 'age'];
  const head = columns.map((name) => make('th', { scope: 'col', class: name }, texts()[name]));
  const rows = [...station.last.values()].map((value) => rowOf(station, value));
  return make('table', {}, make('thead', {}, make('tr', {}, ...head)), make('tbody', {}, ...rows));
};

const cardOf = (station) => {
  const state = ['online', 'offline'].find((each) => station.devices.some(({ presence }) => presence === each));
  const about = make('p', { class: 'about' });
  about.append(make('span', { class: `presence ${state ?? 'unknown'}` }, texts()[state ?? 'unknown']));
  if (station.silent) {
    about.append(make('span', { class: 'warning' }, `${texts().silent} ${formatTime(station.silent_since)}`));
  }
  const csv = make('a', { href: `/v1/stations/${station.id}/readings`, download: '' }, texts().csv);
  csv.addEventListener('click', (event) => saveCsv(event, station.id));
  about.append(csv);
  const card = make('li', { class: station.silent ? 'station silent' : 'station', 'data-station': station.id });
  card.append(make('h3', {}, station.name), about, tableOf(station));
  return card;
};

/** A plain link cannot ask for CSV nor carry the token. */
const saveCsv = async (event, id) => {
  event.preventDefault();
  const response = await fetch(`/v1/stations/${id}/readings`, { headers: { ...headers(), accept: 'text/csv' } });
  if (!response.ok) return say('failed');
  const url = URL.createObjectURL(await response.blob());
  make('a', { href: url, download: `${id}.csv` }).click();
  URL.revokeObjectURL(url);
};

const draw = () => {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = texts()[element.dataset.text];
  for (const element of document.querySelectorAll('[data-flag]')) {
    element.textContent = texts().flags[element.dataset.flag];
  }
  find('language').textContent = texts().otherLanguage;
  find('note').hidden = stations.size > 0;
  const families = Map.groupBy(stations.values(), ({ family }) => family);
  find('families').replaceChildren(
    ...[...families.values()].map((members) => {
      const heading = make('h2', {}, members[0].family_title[language], ' ');
      heading.append(make('small', {}, texts().stations(members.length)));
      return make('section', {}, heading, make('ul', { class: 'stations' }, ...members.map(cardOf)));
    }),
  );
};

/** Told politely, and only when it changes: values that come by are not read out. */
const say = (name) => {
  const line = find('line');
  line.dataset.text = name;
  if (line.textContent !== texts()[name]) line.textContent = texts()[name];
};

const load = async () => {
  const response = await fetch('/v1/stations', { headers: headers() });
  find('door').hidden = response.status !== 401;
  if (response.status === 401) {
    if (sessionStorage.getItem(TOKEN) !== null) say('tokenWrong');
    sessionStorage.removeItem(TOKEN);
  }
  if (!response.ok) throw new Error(`status ${response.status}`);
  stations.clear();
  for (const station of (await response.json()).stations) {
    stations.set(station.id, { ...station, last: new Map(station.last.map((value) => [value.property, value])) });
  }
  find('note').dataset.text = 'nothing';
  draw();
};

const take = (value) => {
  const station = stations.get(value.station);
  if (station === undefined) return;
  const known = station.last.get(value.property);
  if (known !== undefined && known.observed_at > value.observed_at) return;
  station.last.set(value.property, value);
  const card = document.querySelector(`[data-station="${value.station}"]`);
  const row = card?.querySelector(`[data-property="${value.property}"]`);
  if (!row) return card?.replaceWith(cardOf(station));
  const next = rowOf(station, value);
  next.classList.add('fresh');
  row.replaceWith(next);
};

const follow = async () => {
  for (;;) {
    try {
      await load();
      await readEvents('/v1/stream?event=latest', headers(), () => say('live'), take);
      say('lost');
    } catch {
      if (!find('door').hidden) return;
      say(stations.size > 0 ? 'lost' : 'failed');
    }
    await pause(AGAIN_MS);
  }
};

find('language').addEventListener('click', () => {
  switchLanguage();
  draw();
});

find('door').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, find('token').value.trim());
  find('token').value = '';
  void follow();
});

/** Presence and silence are not in the stream: they are asked for now and then. */
setInterval(() => find('door').hidden && load().catch(() => say('lost')), REFRESH_MS);
setInterval(() => {
  for (const row of document.querySelectorAll('tr[data-property]')) {
    const station = stations.get(row.closest('[data-station]').dataset.station);
    const value = station?.last.get(row.dataset.property);
    if (value !== undefined) writeAge(row, value);
  }
}, AGES_MS);

draw();
void follow();
