import { z } from 'zod';

/**
 * Control characters (they begin escape sequences), characters that change the direction of text, invisible ones, and halves of surrogate
 * pairs. Written as code points, so that any validator of JSON Schema reads it. The joiners U+200C and U+200D belong to words and stay.
 */
const FORBIDDEN = String.raw`\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff`;

const LINE = new RegExp(String.raw`^[^\u0000-\u001f${FORBIDDEN}]*$`, 'u');
const LINES = new RegExp(String.raw`^[^\u0000-\u0008\u000b-\u001f${FORBIDDEN}]*$`, 'u');

const REFUSED =
  'control characters, and characters that change the direction of text or are invisible, are not permitted';

/** A text of one line that a person writes for others to read, such as a name. */
export const humanLine = (longest: number, missing?: string): z.ZodString =>
  z.string({ error: missing }).trim().min(1, missing).max(longest).regex(LINE, REFUSED);

/** The same with ends of lines and tabs, such as a note. */
export const humanText = (longest: number, missing?: string): z.ZodString =>
  z.string({ error: missing }).trim().min(1, missing).max(longest).regex(LINES, REFUSED);
