/* oxlint-disable no-restricted-globals -- in a browser nobody hands over a clock */
/** Every text of the page, in Indonesian and English, equal in care. */
const TEXTS = {
  id: {
    docs: 'Dokumentasi API',
    ledger: 'Buku besar',
    otherLanguage: 'English',
    tokenWanted: 'Halaman ini dibuka dari komputer lain: masukkan token baca.',
    open: 'Buka',
    tokenWrong: 'Token itu tidak diterima.',
    zone: 'Semua waktu dalam WIB (UTC+7).',
    live: 'Langsung',
    lost: 'Sambungan terputus, mencoba lagi …',
    failed: 'Data belum dapat dibaca, mencoba lagi …',
    nothing: 'Belum ada stasiun. Tambahkan dengan: klawing station add',
    noValues: 'Belum ada nilai.',
    silent: 'Tidak ada kabar sejak',
    csv: 'CSV 24 jam',
    property: 'Besaran',
    value: 'Nilai',
    quality: 'Mutu',
    age: 'Umur',
    online: 'terhubung',
    offline: 'terputus',
    unknown: 'sambungan tidak diketahui',
    flags: { 1: 'baik', 2: 'belum diperiksa', 3: 'meragukan', 4: 'gagal', 9: 'hilang' },
    stations: (count) => `${count} stasiun`,
  },
  en: {
    docs: 'API documentation',
    ledger: 'Ledger',
    otherLanguage: 'Bahasa Indonesia',
    tokenWanted: 'This page was opened from another machine: enter the read token.',
    open: 'Open',
    tokenWrong: 'That token was not accepted.',
    zone: 'All times are WIB (UTC+7).',
    live: 'Live',
    lost: 'The connection was lost, trying again …',
    failed: 'The data cannot be read yet, trying again …',
    nothing: 'No stations yet. Add one with: klawing station add',
    noValues: 'No values yet.',
    silent: 'Silent since',
    csv: 'CSV, 24 hours',
    property: 'Property',
    value: 'Value',
    quality: 'Quality',
    age: 'Age',
    online: 'online',
    offline: 'offline',
    unknown: 'connection unknown',
    flags: { 1: 'good', 2: 'not checked', 3: 'suspect', 4: 'fail', 9: 'missing' },
    stations: (count) => (count === 1 ? '1 station' : `${count} stations`),
  },
};

const KEY = 'klawing.language';

export let language = localStorage.getItem(KEY) === 'en' ? 'en' : 'id';

/** The texts of the language that is chosen. */
export const texts = () => TEXTS[language];

export const switchLanguage = () => {
  language = language === 'id' ? 'en' : 'id';
  localStorage.setItem(KEY, language);
};

const locale = () => (language === 'id' ? 'id-ID' : 'en-GB');

/** A number with the decimals that its sensor resolves. */
export const formatNumber = (value, decimals) =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);

/** Day and time in WIB. */
export const formatTime = (text) =>
  new Intl.DateTimeFormat(locale(), { timeZone: 'Asia/Jakarta', dateStyle: 'medium', timeStyle: 'medium' }).format(
    new Date(text),
  );

const SPANS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** "2 minutes", short */
export const formatAge = (seconds) => {
  const [unit, length] = SPANS.find(([, span]) => seconds >= span) ?? SPANS[3];
  const format = new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'short' });
  return format.format(Math.floor(seconds / length));
};
