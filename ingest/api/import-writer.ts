import { z } from 'zod';
import { days } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';
import type { Secret } from '#model/secret.ts';
import type { RegistryChange } from '#ingest/operations/registry.ts';
import type { ClaimWriter } from './claim-writer.ts';
import type { RegistryDesk } from './registry-desk.ts';
import { checkDevice, deviceOf, isSameDevice } from './registry-plan.ts';
import { DeviceBody } from './schemas/registry.ts';

/** What became of one line of a list of devices. */
export interface Imported {
  readonly id: string;
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'refused';
  /** Why it was refused. */
  readonly why?: string;
  /** Of a device that was created: its secret, or the code that it is exchanged for. */
  readonly secret?: Secret;
  readonly code?: Secret;
}

export interface ImportWish {
  readonly isDryRun: boolean;
  /** Codes in place of secrets. */
  readonly withCodes: boolean;
}

/** How long the codes of a list can be used. */
const VALID = days(90);

/** Takes lists of devices: each line stands or falls alone, and what stands is written in one transaction. */
export interface ImportWriter {
  /** @throws Fault `CONFLICT` when lines that stand alone contradict each other: then none is written */
  import(lines: readonly unknown[], wish: ImportWish): Promise<readonly Imported[]>;
}

export const makeImportWriter = (desk: RegistryDesk, claims: ClaimWriter): ImportWriter => {
  const { operations, clock } = desk.deps;

  const readLine = (line: unknown, seen: Set<string>): DeviceBody => {
    const read = DeviceBody.safeParse(line);
    if (!read.success) throw new Fault('REQUEST_INVALID', explain(read.error, line));
    const { id } = read.data;
    if (seen.has(id)) throw new Fault('REQUEST_INVALID', 'it stands twice in the list');
    seen.add(id);
    if (operations.registry().gateways.has(id)) throw new Fault('CONFLICT', 'a gateway has this name');
    return read.data;
  };

  const plan = (body: DeviceBody, withCodes: boolean): { result: Imported; changes: readonly RegistryChange[] } => {
    const { id } = body;
    const { devices, stations } = operations.registry();
    const before = devices.get(id);
    if (before?.revoked === true) throw new Fault('CONFLICT', 'it is revoked; "klawing device add" lets it in again');
    const device = deviceOf(body, before, clock.now());
    checkDevice(device, stations);
    if (before !== undefined) {
      if (isSameDevice(before, device)) return { result: { id, outcome: 'unchanged' }, changes: [] };
      return { result: { id, outcome: 'updated' }, changes: [{ kind: 'put-device', device }] };
    }
    const put = { kind: 'put-device', device } as const;
    if (withCodes) {
      const { issued, change } = claims.prepare(id, VALID);
      return { result: { id, outcome: 'created', code: issued.code }, changes: [put, change] };
    }
    const { secret, hash } = desk.makeSecret(body.secret);
    const added = { kind: 'add-secret', device: id, hash, at: clock.now() } as const;
    return { result: { id, outcome: 'created', secret }, changes: [put, added] };
  };

  return {
    import: (lines, { isDryRun, withCodes }) =>
      desk.inTurn(async () => {
        const seen = new Set<string>();
        const planned = lines.map((line) => {
          try {
            return plan(readLine(line, seen), withCodes);
          } catch (error) {
            if (!(error instanceof Fault)) throw error;
            return { result: { id: idOf(line), outcome: 'refused', why: error.detail } as const, changes: [] };
          }
        });
        const changes = planned.flatMap((each) => each.changes);
        if (!isDryRun && changes.length > 0) await desk.change(changes);
        return planned.map(({ result }) => (isDryRun ? withoutSecrets(result) : result));
      }),
  };
};

/** The first thing that is wrong with a line, and what was given. */
const explain = ({ issues: [issue] }: z.ZodError, line: unknown): string => {
  if (issue === undefined) return 'it is no device';
  if (issue.code === 'unrecognized_keys') {
    return `"${issue.keys.join('", "')}" is nothing that a device has; known are ${Object.keys(DeviceBody.shape).join(', ')}`;
  }
  const [name] = issue.path;
  if (name === undefined) return issue.message;
  const given = Record.safeParse(line).data?.[String(name)];
  return `"${issue.path.join('.')}": ${issue.message}; ${given === undefined ? 'nothing was given' : `given was ${JSON.stringify(given)}`}`;
};

const Record = z.record(z.string(), z.unknown());
const Named = z.looseObject({ id: z.coerce.string() });

const idOf = (line: unknown): string => Named.safeParse(line).data?.id.slice(0, 64) ?? '';

const withoutSecrets = ({ secret: _, code: __, ...rest }: Imported): Imported => rest;
