/** A span of time, as everywhere in Klawing: never a bare number. */
export interface Span {
  readonly ms: number;
}

export const seconds = (count: number): Span => ({ ms: count * 1_000 });
export const minutes = (count: number): Span => ({ ms: count * 60_000 });
export const hours = (count: number): Span => ({ ms: count * 3_600_000 });
export const days = (count: number): Span => ({ ms: count * 86_400_000 });

/** The browser's clock, ms since 1970. Here and nowhere else it is read: a page has nobody to hand it over. */
export const now = (): number => Date.now();

export const dateOf = (at: number): Date => new Date(at);

export const parseTime = (text: string): number => Date.parse(text);

/** RFC 3339, UTC, as the API takes it. */
export const writeTime = (at: number): string => new Date(at).toISOString();

/** Calls until it is stopped. */
export const every = (span: Span, call: () => void): (() => void) => {
  const timer = setInterval(call, span.ms);
  return () => clearInterval(timer);
};

/** Calls once, unless it is stopped before. */
export const after = (span: Span, call: () => void): (() => void) => {
  const timer = setTimeout(call, span.ms);
  return () => clearTimeout(timer);
};

export const pause = (span: Span): Promise<void> => new Promise((resolve) => after(span, resolve));
