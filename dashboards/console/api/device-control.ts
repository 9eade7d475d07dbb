import { send } from './client.ts';
import type { ConfigContent, NewCommand } from './types.ts';

export const pathOfDevice = (device: string): string => `/v1/devices/${encodeURIComponent(device)}`;

/** Needs the operator token, as all changes do. */
export const sendCommand = (device: string, command: NewCommand): Promise<void> =>
  send('POST', `${pathOfDevice(device)}/commands`, command);

/** Replaces the whole config. */
export const setConfig = (device: string, config: ConfigContent, by: string): Promise<void> =>
  send('PUT', `${pathOfDevice(device)}/config`, { config, ...(by === '' ? {} : { by }) });
