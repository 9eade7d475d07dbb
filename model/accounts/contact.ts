/** A mail address in a text; its first letter and its domain stay. */
const EMAIL = /([\p{L}\p{N}])[\p{L}\p{N}._%+-]*@([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)/gu;

/** A telephone number in a text: "+" or "0", and eight digits or more, in groups or not. Its last two digits stay. */
const PHONE = /(?<![\p{L}\p{N}.:_-])(?:\+|0)\d(?:[ -]?\d){5,14}(?:[ -]?\d){2}(?![\p{L}\p{N}_]|[.:-]\d)/gu;

/** Masks the mail addresses and telephone numbers in a text, for readers who may not see contacts of people. */
export const maskContacts = (text: string): string =>
  text
    .replace(EMAIL, (_address, first: string, domain: string) => `${first}***@${domain}`)
    .replace(PHONE, (number) => `${number.slice(0, 3)}***${number.slice(-2)}`);
