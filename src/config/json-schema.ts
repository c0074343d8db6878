import { z } from 'zod';
import { configSchema } from './schema/schema.ts';

/** The JSON Schema (draft 2020-12) of `flock.yaml` as an operator writes it, made from the schema that flockd checks with. */
export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
}

/** The text of `flock.schema.json`. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

// `node src/config/json-schema.ts > src/config/flock.schema.json` brings the file up to date.
if (import.meta.main) process.stdout.write(configJsonSchemaText());
