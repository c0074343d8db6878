import { z } from 'zod';
import { configSchema } from './schema/schema.ts';

/** The JSON Schema (draft 2020-12) of `flock.yaml` as an operator writes it, made from the schema that flockd checks with. */
export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
}

/** The text of `flock.schema.json`, which `npm run docs` writes. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}
