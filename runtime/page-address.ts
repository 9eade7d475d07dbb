import type { ApiSettings } from '#api/settings.ts';

/** Where the page is for whoever sits at this machine: what links in messages lead to when no address is set. */
export const pageOf = ({ port }: Pick<ApiSettings, 'port'>): string => `http://localhost:${port}`;
