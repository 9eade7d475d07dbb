interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

/**
 * Which of the offered media types a client wants most, by its Accept header (RFC 9110, section 12.5.1): the most
 * specific range that fits decides over an offer's quality; of equals the first offer wins. Undefined when it wants
 * none of them.
 */
export const negotiate = <T extends string>(accept: string | undefined, offers: readonly T[]): T | undefined => {
  if (accept === undefined || accept.trim() === '') return offers[0];
  const ranges = accept.split(',').map(parseRange);
  let best: { readonly offer: T; readonly quality: number } | undefined;
  for (const offer of offers) {
    const quality = qualityOf(offer, ranges);
    if (quality > (best?.quality ?? 0)) best = { offer, quality };
  }
  return best?.offer;
};

const parseRange = (text: string): MediaRange => {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
};

const qualityOf = (offer: string, ranges: readonly MediaRange[]): number => {
  const wide = `${offer.split('/')[0]}/*`;
  for (const type of [offer, wide, '*/*']) {
    const range = ranges.find((candidate) => candidate.type === type);
    if (range !== undefined) return range.quality;
  }
  return 0;
};
