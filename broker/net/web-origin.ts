import type { IncomingMessage } from 'node:http';
import { isLocalName } from '#model/limits/address.ts';
import type { BrokerSettings } from '#broker/settings.ts';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Only pages of browsers have an origin of these schemes; a library of a microcontroller sends `file://`. */
const isOfPage = (origin: string): boolean => origin === 'null' || /^https?:/i.test(origin);

const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

const portOf = ({ port, protocol }: URL): number => (port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port));

/**
 * Tells whether a client may open a WebSocket: a program, which sends no origin, or a page of this host on one of our ports, or of
 * `broker.webOrigins`. A browser lets every page open a WebSocket to every host, and says which page it is. With access `open`, the host must
 * name this machine, because a page of another site can give its own host name our address.
 */
export const makeOriginCheck = (settings: BrokerSettings, pagePorts: readonly number[]) => {
  const ports: ReadonlySet<number> = new Set([settings.wsPort, settings.wssPort, ...pagePorts]);
  const others: ReadonlySet<string> = new Set(settings.webOrigins);

  const isOurs = (page: URL, here: URL): boolean => {
    if (settings.access === 'open' && !isLocalName(here.hostname)) return false;
    if (page.host === here.host || others.has(page.origin)) return true;
    return page.hostname === here.hostname && ports.has(portOf(page));
  };

  return ({ headers: { origin, host = '' } }: Pick<IncomingMessage, 'headers'>): boolean => {
    if (origin === undefined || !isOfPage(origin)) return true;
    const page = urlOf(origin);
    const here = page === undefined ? undefined : urlOf(`${page.protocol}//${host}`);
    return page !== undefined && here !== undefined && isOurs(page, here);
  };
};
