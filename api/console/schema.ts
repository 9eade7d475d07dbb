import { z } from 'zod';
import { PALETTE_NAMES } from '#model/readings/palette.ts';

/** Settings that the console loads at its start. */
export const ConsoleSettings = z
  .object({
    version: z.string().meta({ description: 'Version of the API.' }),
    language: z.enum(['id', 'en']).meta({ description: 'Language for a new visitor.' }),
    palette: z
      .enum(PALETTE_NAMES)
      .meta({ description: 'Colours of the levels of hazards; the word stands beside each.' }),
    tiles_url: z
      .string()
      .nullable()
      .meta({ description: 'Raster tiles of the map, with {z}, {x} and {y}; null without tiles.' }),
    tiles_attribution: z
      .string()
      .nullable()
      .meta({ description: 'Attribution that the provider of the tiles requires.' }),
  })
  .meta({
    id: 'ConsoleSettings',
    examples: [
      {
        version: '1.0.0',
        language: 'id' as const,
        palette: 'standard' as const,
        tiles_url: null,
        tiles_attribution: null,
      },
    ],
  });
export type ConsoleSettings = z.infer<typeof ConsoleSettings>;
