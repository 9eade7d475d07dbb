import { send } from './client.ts';
import type { ConfigContent, NewCommand } from './types.ts';

export const pathOfDevice = (device: string): string => `/v1/devices/${encodeURIComponent(device)}`;

/** Needs the rights of an operator. */
export const sendCommand = (device: string, command: NewCommand): Promise<void> =>
  send('POST', `${pathOfDevice(device)}/commands`, command);

/** Replaces the whole config. */
export const setConfig = (device: string, config: ConfigContent): Promise<void> =>
  send('PUT', `${pathOfDevice(device)}/config`, { config });
