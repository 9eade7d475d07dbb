import { existsSync } from 'node:fs';
import { readQualityVersions } from '#model/quality/quality-file.ts';
import type { QualityVersion } from '#model/quality/quality-versions.ts';
import { loadYaml } from './rules-file.ts';

/** File of parameters when the settings name none; it need not exist. */
const DEFAULT_QUALITY_FILE = 'config/quality.yaml';

/**
 * The versions of the parameters of the quality tests.
 * @param path from the settings; `config/quality.yaml` when undefined, if it is there
 * @throws Fault `SETTING_INVALID` when it cannot be read or holds a mistake
 */
export const readQualityFile = (path: string | undefined): readonly QualityVersion[] => {
  const file = path ?? DEFAULT_QUALITY_FILE;
  return path === undefined && !existsSync(file) ? [] : readQualityVersions(loadYaml(file));
};
