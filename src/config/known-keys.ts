import { nearestText } from '../model/nearest-text.ts';
import { configJsonSchema } from './json-schema.ts';

/**
 * What an operator who wrote an unknown key most likely meant.
 * @param path where the key is, without the key itself.
 * @returns the only key there that begins with it, else the nearest key there, else the path of a key with that name
 * elsewhere; undefined: none of these.
 */
export function nearestKey(path: readonly PropertyKey[], key: string): string | undefined {
  const schema = configJsonSchema();
  const here = Object.keys(propertiesOf(schemaAt(schema, path)));
  const begun = key.length >= 4 ? here.filter((known) => known.startsWith(key)) : [];
  return (
    (begun.length === 1 ? begun[0] : nearestText(key, here)) ??
    pathsOf(schema, '').find((known) => known.split('.').at(-1) === key)
  );
}

/** The keys that are allowed at a path. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  return Object.keys(propertiesOf(schemaAt(configJsonSchema(), path)));
}

/** The schema at a path: object keys by name, list items by number. */
function schemaAt(schema: unknown, path: readonly PropertyKey[]): unknown {
  let current = schema;
  for (const part of path) {
    current = typeof part === 'number' ? memberOf(current, 'items') : propertiesOf(current)[String(part)];
  }
  return current;
}

/** Every key below a schema, with the keys above it, such as `bgp.peers[].name`. */
function pathsOf(schema: unknown, prefix: string): string[] {
  const own = Object.entries(propertiesOf(schema)).flatMap(([key, child]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [path, ...pathsOf(child, path)];
  });
  const items = memberOf(schema, 'items');
  return items === undefined ? own : [...own, ...pathsOf(items, `${prefix}[]`)];
}

function propertiesOf(schema: unknown): Record<string, unknown> {
  const properties = memberOf(schema, 'properties');
  return typeof properties === 'object' && properties !== null ? { ...properties } : {};
}

function memberOf(value: unknown, name: 'items' | 'properties'): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
