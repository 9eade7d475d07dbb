import { z } from 'zod';
import { days } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Secret } from '#model/base/secret.ts';
import type { Device } from '#model/registry/device.ts';
import type { RegistryChange } from '#storage/operations/registry.ts';
import type { ClaimService } from './claims.ts';
import type { RegistryService } from './service.ts';
import { type MemberChange, memberChanges } from './device-members.ts';
import { checkDevice, deviceOf, deviceWith } from './plan.ts';
import { DeviceBody, KnownDeviceBody } from './schema.ts';

/** Result of one line of a list of devices. */
export interface Imported {
  readonly id: string;
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'refused';
  /** Why it was refused. */
  readonly why?: string;
  /** Present for a device that was updated. */
  readonly changes?: readonly MemberChange[];
  /** Present for a device that was created: its secret, or the claim code for it. */
  readonly secret?: Secret;
  readonly code?: Secret;
}

export interface ImportOptions {
  readonly isDryRun: boolean;
  /** True for claim codes in place of secrets. */
  readonly withCodes: boolean;
}

/** Validity of the codes of a list. */
const VALID = days(90);

/** Imports lists of devices: each line is accepted or refused by itself, and the accepted ones are written in one transaction. */
export interface ImportService {
  /** @throws Fault `CONFLICT` when lines contradict each other: then none is written */
  import(lines: readonly unknown[], wish: ImportOptions): Promise<readonly Imported[]>;
}

/** The result of a line, and the changes that it needs. */
interface Planned {
  readonly result: Imported;
  readonly changes: readonly RegistryChange[];
}

export const makeImportService = (service: RegistryService, claims: ClaimService): ImportService => {
  const { operations, clock } = service.deps;

  const add = (body: DeviceBody, withCodes: boolean): Planned => {
    const { id } = body;
    const [registry, now] = [operations.registry(), clock.now()];
    const device = checkDevice(deviceOf(body, undefined, registry, now), registry, now);
    const put = { kind: 'put-device', device } as const;
    if (withCodes) {
      const { issued, change } = claims.prepare(id, VALID);
      return { result: { id, outcome: 'created', code: issued.code }, changes: [put, change] };
    }
    const { secret, hash } = service.makeSecret(body.secret);
    const added = { kind: 'add-secret', device: id, hash, at: clock.now() } as const;
    return { result: { id, outcome: 'created', secret }, changes: [put, added] };
  };

  const update = (body: KnownDeviceBody, known: Device): Planned => {
    const { id, secret } = body;
    if (known.revoked) throw new Fault('CONFLICT', 'it is revoked; "klawing device add" lets it in again');
    if (secret !== undefined && !service.isSecretOf(id, secret)) {
      const advice = `"klawing device rotate ${id}" gives it a new one; leave "secret" out here`;
      throw new Fault('CONFLICT', `it has another secret; ${advice}`);
    }
    const now = clock.now();
    const device = checkDevice(deviceWith(body, known, now), operations.registry(), now);
    const changes = memberChanges(known, device);
    if (changes.length === 0) return { result: { id, outcome: 'unchanged' }, changes: [] };
    return { result: { id, outcome: 'updated', changes }, changes: [{ kind: 'put-device', device }] };
  };

  /** @throws Fault when the line is refused for this device */
  const alone = <T extends { readonly id: string }>(body: T, seen: Set<string>): T => {
    if (seen.has(body.id)) throw new Fault('REQUEST_INVALID', 'it stands twice in the list');
    seen.add(body.id);
    if (operations.registry().gateways.has(body.id)) throw new Fault('CONFLICT', 'a gateway has this name');
    return body;
  };

  const plan = (line: unknown, seen: Set<string>, withCodes: boolean): Planned => {
    const known = operations.registry().devices.get(idOf(line));
    return known === undefined
      ? add(alone(read(DeviceBody, line), seen), withCodes)
      : update(alone(read(KnownDeviceBody, line), seen), known);
  };

  return {
    import: (lines, { isDryRun, withCodes }) =>
      service.inTurn(async () => {
        const seen = new Set<string>();
        const planned = lines.map((line) => {
          try {
            return plan(line, seen, withCodes);
          } catch (error) {
            if (!(error instanceof Fault)) throw error;
            return { result: { id: idOf(line), outcome: 'refused', why: error.detail } as const, changes: [] };
          }
        });
        const changes = planned.flatMap((each) => each.changes);
        if (!isDryRun && changes.length > 0) await service.change(changes);
        return planned.map(({ result }) => (isDryRun ? withoutSecrets(result) : result));
      }),
  };
};

/** @throws Fault `REQUEST_INVALID` */
const read = <T>(shape: z.ZodType<T>, line: unknown): T => {
  const { success, data, error } = shape.safeParse(line);
  if (success) return data;
  throw new Fault('REQUEST_INVALID', explain(error, line));
};

/** The first error of a line, and the given value. */
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
