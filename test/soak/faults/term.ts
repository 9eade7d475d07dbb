import type { SoakFault, SoakContext } from '#test/soak/fault.ts';
import { untilMore } from '#test/soak/progress.ts';

const PARTS = ['broker', 'ingest'] as const;

/** Each must end by itself, with status 0, however much is under way. */
const round = async ({ service, sender, random }: SoakContext): Promise<void> => {
  await service.ready();
  await untilMore(sender, 20);
  const part = PARTS[Math.floor(random.next() * PARTS.length)] ?? 'broker';
  const { status, signal } = await service.kill(part, 'SIGTERM');
  if (status !== 0) throw new Error(`${part} ended with ${status ?? signal} when it was asked to end`);
  service.start(part);
};

export const terminate: SoakFault = {
  name: 'term',
  summary: 'SIGTERM of broker or ingest under load; each must end with status 0',
  begin: () => ({ round }),
};
