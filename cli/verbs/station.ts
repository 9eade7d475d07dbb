import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import { number } from '#cli/option-values.ts';
import { withService } from '#cli/running-service.ts';
import { changesText } from '#cli/output/changes.ts';
import { onOneLine } from '#model/base/printable.ts';
import { table } from '#cli/output/table.ts';
import type { Verb, CliContext } from '#cli/context.ts';
import { FAMILIES } from '#model/families/index.ts';
import { Fault } from '#model/base/fault.ts';
import { StationList } from '#api/stations/schema.ts';
import { Applied } from '#registry/schema.ts';

type Attributes = Readonly<Record<string, number | string>>;

const attribute = (text: string, before: Attributes = {}): Attributes => {
  const [key, ...rest] = text.split('=');
  const value = rest.join('=');
  if (key === undefined || key === '' || rest.length === 0) throw new InvalidArgumentError('write key=value.');
  return { ...before, [key]: value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value };
};

interface AddStationOptions {
  readonly family: string;
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
  readonly set?: Attributes;
}

const configureAdd = (station: Command, cli: CliContext): void => {
  station
    .command('add <id>')
    .description('register a station')
    .addOption(
      new Option('--family <name>', 'kind of sensors').choices(FAMILIES.map(({ name }) => name)).makeOptionMandatory(),
    )
    .requiredOption('--name <text>', 'name for people')
    .requiredOption('--lat <degrees>', 'latitude, WGS 84', number)
    .requiredOption('--lon <degrees>', 'longitude, WGS 84', number)
    .option('--set <key=value>', 'attribute, such as waspada=2.5; may be repeated', attribute)
    .addHelpText(
      'after',
      '\nExample:\n  klawing station add PBG-R03 --family river --name "Klawing – Bancar" --lat -7.39 --lon 109.375 --set waspada=2.5',
    )
    .action(async (id: string, { family, name, lat, lon, set = {} }: AddStationOptions) => {
      const body = { id, family, name, lat, lon, attributes: set };
      await withService(cli.settings(), (client) => client.post('/v1/stations', body, z.unknown()));
      cli.out(`station ${id} added`);
    });
};

const configureList = (station: Command, cli: CliContext): void => {
  station
    .command('list')
    .description('list the stations')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing station list --json')
    .action(async ({ json }: { readonly json?: true }) => {
      const { stations } = await withService(cli.settings(), (client) => client.get('/v1/stations', StationList));
      if (json === true) cli.out(JSON.stringify(stations, undefined, 2));
      else if (stations.length === 0) cli.out('no stations yet; add one with "klawing station add --help"');
      else
        cli.out(
          table(
            ['id', 'family', 'name', 'lat', 'lon'],
            stations.map((of) => [of.id, of.family, of.name, of.lat, of.lon]),
          ),
        );
    });
};

const readDocument = (path: string): unknown => {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('REQUEST_INVALID', `${path} cannot be read: ${reason}`, { cause });
  }
};

const configureApply = (station: Command, cli: CliContext): void => {
  station
    .command('apply <file.yaml>')
    .description('make the registry equal to a file, and show old and new of each changed member')
    .option('--dry-run', 'show the changes, and change nothing')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  klawing station apply config/stations.yaml --dry-run')
    .action(async (file: string, { dryRun, json }: { readonly dryRun?: true; readonly json?: true }) => {
      const path = `/v1/registry/apply?dryRun=${dryRun === true}`;
      const document = readDocument(file);
      const applied = await withService(cli.settings(), (client) => client.post(path, document, Applied));
      if (json === true) {
        cli.out(JSON.stringify(applied, undefined, 2));
        return;
      }
      for (const { what, id, change, changes } of applied.changes) {
        cli.out(onOneLine(`${what} ${id} ${change}${changes.length > 0 ? `: ${changesText(changes)}` : ''}`));
      }
      if (applied.changes.length === 0) cli.out('nothing to change');
      for (const { device, secret } of applied.secrets) cli.out(`secret of ${device}: ${secret}`);
      if (applied.dry_run) cli.out('nothing was changed (--dry-run)');
    });
};

/** Stations in the registry. */
export const station: Verb = {
  name: 'station',
  summary: 'add, list and apply stations',
  examples: ['klawing station list', 'klawing station apply config/stations.yaml'],
  configure: (command, cli) => {
    configureAdd(command, cli);
    configureList(command, cli);
    configureApply(command, cli);
  },
};
