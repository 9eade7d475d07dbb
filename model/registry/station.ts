import { z } from 'zod';
import { FamilyName } from '#model/parameters.ts';
import { StationId } from './names.ts';

/** A place with a position and one or more devices. */
export const Station = z.object({
  id: StationId,
  family: FamilyName,
  name: z.string(),
  lat: z.number().meta({ description: 'Degrees north, WGS 84.' }),
  lon: z.number().meta({ description: 'Degrees east, WGS 84.' }),
  /** Thresholds (`warning`, in the property's unit), heights (`h_ref`, m), free text. */
  attributes: z
    .record(z.string(), z.union([z.number(), z.string()]))
    .readonly()
    .meta({ description: 'Thresholds and other attributes.', examples: [{ siaga: 2.5 }] }),
});
export type Station = Readonly<z.infer<typeof Station>>;
