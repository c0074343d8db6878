/**
 * The table of `docs/configuration.md`, made from the schema of `flock.yaml`. `npm run docs` writes it, and
 * `src/config/flock.schema.json` from the same source.
 *
 * How a description in the schema is read: a sentence `Default: X.` at its end goes into the column of defaults, where the
 * schema has none itself; the sentence `A change needs a restart.` into the last column; `docs/bird.md#templates` becomes
 * a link. The rest is shown unchanged.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema, configJsonSchemaText } from '../src/config/json-schema.ts';

const ROOT = join(import.meta.dirname, '..');
/** The page, and the other file that is made from the schema, from the root of the repository. */
export const REFERENCE_PAGE = join('docs', 'configuration.md');
export const SCHEMA_FILE = join('src', 'config', 'flock.schema.json');

/** The lines around the table in the page. */
const BEGIN = '<!-- The table is made from the schema: npm run docs -->';
const END = '<!-- end of the table -->';

/** What is read of a JSON Schema. */
export interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly examples?: readonly unknown[];
}

/** A key with those above it, such as `bgp.peers[].name`. */
interface Key {
  readonly key: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** The keys that hold a value or a list, in the order of the schema. */
export function keysOf(schema: Schema, prefix = ''): Key[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]): Key[] => {
    const key = `${prefix}${name}`;
    if (child.properties !== undefined) return keysOf(child, `${key}.`);
    const own = { key, schema: child, required: schema.required?.includes(name) === true };
    return [own, ...(child.items === undefined ? [] : keysOf(child.items, `${key}[].`))];
  });
}

const code = (value: unknown): string => `\`${value === '' ? '""' : value}\``;

/** What may be written: the words, the range, or an example. */
function valuesOf({
  const: only,
  enum: words,
  anyOf,
  type,
  minimum,
  maximum,
  items,
  maxItems,
  examples,
}: Schema): string {
  if (only !== undefined) return code(only);
  if (words !== undefined) return words.map(code).join(', ');
  if (anyOf !== undefined) return anyOf.map(valuesOf).join(', or ');
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'integer') return `${minimum} to ${maximum}`;
  if (type === 'array') {
    const most = maxItems === undefined ? '' : `, ${maxItems} at most`;
    const item = items?.properties === undefined ? valuesOf(items ?? {}) : '';
    return `list${most}${item === '' ? '' : `: ${item}`}`;
  }
  return examples === undefined ? '' : `such as ${examples.map(code).join(', ')}`;
}

/** One row of the table. @throws Error when the description lacks what the schema does not say. */
function rowOf({ key, schema, required }: Key): string {
  const { description = '', default: byDefault } = schema;
  const restart = ' A change needs a restart.';
  const [whole = '', said] = /(?: |^)Default: (.+)\.$/.exec(description) ?? [];
  const shown = byDefault === undefined || (Array.isArray(byDefault) && said !== undefined) ? said : code(byDefault);
  const inForce = shown ?? (required ? 'required' : undefined);
  if (description === '') throw new Error(`${key} has no description in the schema`);
  if (inForce === undefined) throw new Error(`${key}: its description in the schema must end with "Default: …."`);
  const text = description.slice(0, description.length - whole.length);
  const meaning = text
    .replace(restart, '')
    .replace(
      /docs\/(\w+\.md)(#[\w-]+)?/g,
      (path, page, anchor = '') => `[${path.replace(/#.*/, '')}](${page}${anchor})`,
    );
  const cells = [code(key), inForce, valuesOf(schema), meaning, text.includes(restart) ? 'yes' : ''];
  return `|${cells.map((cell) => ` ${cell.replaceAll('|', '\\|')} `.replace(/^ {2}$/, ' ')).join('|')}|`;
}

/** The table of all keys, without a line break at its end. */
export function referenceTable(schema: Schema): string {
  const head = ['| key | default | values | rule and meaning | restart |', '|---|---|---|---|---|'];
  return [...head, ...keysOf(schema).map(rowOf)].join('\n');
}

/** A page with its table made from a schema. @throws Error when the page lacks the lines around the table. */
export function withReference(page: string, schema: Schema): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${REFERENCE_PAGE} needs the lines "${BEGIN}" and "${END}"`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${referenceTable(schema)}\n\n${page.slice(end)}`;
}

/** The schema of `flock.yaml`, as far as the table needs it. */
export function configSchemaForReference(): Schema {
  return configJsonSchema() as Schema;
}

if (import.meta.main) {
  const page = join(ROOT, REFERENCE_PAGE);
  writeFileSync(page, withReference(readFileSync(page, 'utf8'), configSchemaForReference()));
  writeFileSync(join(ROOT, SCHEMA_FILE), configJsonSchemaText());
}
