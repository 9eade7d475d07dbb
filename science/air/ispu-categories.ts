import type { Text } from '#model/readings/family.ts';

export const ISPU_CATEGORY_IDS = ['good', 'moderate', 'unhealthy', 'very-unhealthy', 'hazardous'] as const;
export type IspuCategoryId = (typeof ISPU_CATEGORY_IDS)[number];

/** Ids of the advice, for catalogues of texts; the texts are in `ISPU_ADVICE`. */
export const ISPU_ADVICE_IDS = [
  'outdoor-fine',
  'sensitive-cut-exertion',
  'sensitive-watch-symptoms',
  'sensitive-avoid-exertion',
  'sensitive-stay-indoors',
  'cut-exertion',
  'avoid-exertion',
  'avoid-outdoor',
] as const;
export type IspuAdviceId = (typeof ISPU_ADVICE_IDS)[number];

export interface IspuCategory {
  readonly id: IspuCategoryId;
  /** Highest index of the category; the last one has no end. */
  readonly upTo: number;
  readonly words: Text;
  /** Colour word of the regulation, and the value that the ministry's feed uses. Not the colours of the US index. */
  readonly colour: Text & { readonly hex: string };
  readonly advice: { readonly sensitive: IspuAdviceId; readonly everyone: IspuAdviceId };
}

const HAZARDOUS: IspuCategory = {
  id: 'hazardous',
  upTo: Number.POSITIVE_INFINITY,
  words: { id: 'Berbahaya', en: 'Hazardous' },
  colour: { id: 'hitam', en: 'black', hex: '#000000' },
  advice: { sensitive: 'sensitive-stay-indoors', everyone: 'avoid-outdoor' },
};

/** Categories of P.14/2020 with the words and colours of the regulation, from the mildest to the gravest. */
export const ISPU_CATEGORIES: readonly IspuCategory[] = [
  {
    id: 'good',
    upTo: 50,
    words: { id: 'Baik', en: 'Good' },
    colour: { id: 'hijau', en: 'green', hex: '#00cc00' },
    advice: { sensitive: 'outdoor-fine', everyone: 'outdoor-fine' },
  },
  {
    id: 'moderate',
    upTo: 100,
    words: { id: 'Sedang', en: 'Moderate' },
    colour: { id: 'biru', en: 'blue', hex: '#0000cc' },
    advice: { sensitive: 'sensitive-cut-exertion', everyone: 'outdoor-fine' },
  },
  {
    id: 'unhealthy',
    upTo: 200,
    words: { id: 'Tidak Sehat', en: 'Unhealthy' },
    colour: { id: 'kuning', en: 'yellow', hex: '#cccc00' },
    advice: { sensitive: 'sensitive-watch-symptoms', everyone: 'cut-exertion' },
  },
  {
    id: 'very-unhealthy',
    upTo: 300,
    words: { id: 'Sangat Tidak Sehat', en: 'Very Unhealthy' },
    colour: { id: 'merah', en: 'red', hex: '#cc0000' },
    advice: { sensitive: 'sensitive-avoid-exertion', everyone: 'avoid-exertion' },
  },
  HAZARDOUS,
];

/** Advice by id: a paraphrase of what the public ISPU site of the ministry says. */
export const ISPU_ADVICE: Readonly<Record<IspuAdviceId, Text>> = {
  'outdoor-fine': {
    id: 'Kegiatan di luar ruangan dapat dilakukan seperti biasa.',
    en: 'Outdoor activities are fine.',
  },
  'sensitive-cut-exertion': {
    id: 'Kelompok sensitif: kurangi kegiatan fisik yang lama atau berat di luar ruangan.',
    en: 'Sensitive groups: reduce long or heavy exertion outdoors.',
  },
  'sensitive-watch-symptoms': {
    id: 'Penderita asma: ikuti petunjuk pengobatan dan siapkan obat. Penderita penyakit jantung: waspadai gejala jantung berdebar, sesak napas, atau kelelahan yang tidak biasa.',
    en: 'People with asthma: follow the treatment plan and keep medicine at hand. People with heart disease: watch for palpitations, breathlessness or unusual tiredness.',
  },
  'sensitive-avoid-exertion': {
    id: 'Kelompok sensitif: hindari semua kegiatan fisik di luar ruangan.',
    en: 'Sensitive groups: avoid all exertion outdoors.',
  },
  'sensitive-stay-indoors': {
    id: 'Kelompok sensitif: tetap di dalam ruangan dan batasi kegiatan.',
    en: 'Sensitive groups: stay indoors and keep activity low.',
  },
  'cut-exertion': {
    id: 'Kurangi kegiatan fisik yang lama atau berat di luar ruangan.',
    en: 'Reduce long or heavy exertion outdoors.',
  },
  'avoid-exertion': {
    id: 'Hindari kegiatan fisik yang lama atau berat di luar ruangan.',
    en: 'Avoid long or heavy exertion outdoors.',
  },
  'avoid-outdoor': {
    id: 'Hindari kegiatan di luar ruangan.',
    en: 'Avoid outdoor activities.',
  },
};

/** Category of a rounded index of 0 or more. */
export const ispuCategory = (index: number): IspuCategory =>
  ISPU_CATEGORIES.find(({ upTo }) => index <= upTo) ?? HAZARDOUS;
