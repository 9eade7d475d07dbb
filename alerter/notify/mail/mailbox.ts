import { z } from 'zod';

/** An address of mail, with the name that mail programs show for it. */
export interface Mailbox {
  readonly name: string | undefined;
  readonly address: string;
}

/** `address`, `Name <address>` or `"Name, with a comma" <address>` (RFC 5322, section 3.4). */
const WITH_NAME = /^(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^<>",]*))\s*<(?<inBrackets>[^<>]+)>$/;
/** One entry of a list that is separated by commas: a comma within quotes separates nothing. */
const ENTRY = /(?:"(?:[^"\\]|\\.)*"|[^",])+/g;
const CONTROL = /\p{Cc}/u;

/** Splits a text such as `a@example.go.id, "Posko, BPBD" <b@example.go.id>` at its commas. */
export const splitMailboxes = (text: string): readonly string[] => (text.match(ENTRY) ?? []).map((part) => part.trim());

const Address = z.email();

/** Undefined where the text is not one mailbox. */
export const parseMailbox = (text: string): Mailbox | undefined => {
  if (CONTROL.test(text)) return undefined;
  const { quoted, plain, inBrackets = text } = WITH_NAME.exec(text.trim())?.groups ?? {};
  const address = Address.safeParse(inBrackets.trim()).data;
  if (address === undefined) return undefined;
  const name = (quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '').trim();
  return { name: name === '' ? undefined : name, address };
};

export const domainOf = ({ address }: Pick<Mailbox, 'address'>): string =>
  address.slice(address.lastIndexOf('@') + 1).toLowerCase();

/** Reserved domains, which cannot be registered. A mail server looks up the domain of the sender and refuses the mail (RFC 2606, RFC 6761). */
const RESERVED_DOMAINS = /(?:^|\.)(?:localhost|localdomain|invalid|test|example|example\.(?:com|net|org))$/;

/** False for a sender whose mail no mail server takes. */
export const isUsableSender = (mailbox: Pick<Mailbox, 'address'>): boolean => !RESERVED_DOMAINS.test(domainOf(mailbox));
