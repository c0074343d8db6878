import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configJsonSchema, configJsonSchemaText } from '../../../src/config/json-schema.ts';

/** The nodes of a schema, with their paths. */
function nodesOf(schema: unknown, path = ''): [string, Record<string, unknown>][] {
  if (typeof schema !== 'object' || schema === null) return [];
  const node = Object.fromEntries(Object.entries(schema));
  const properties = Object.entries(Object(node.properties));
  return [
    [path, node],
    ...properties.flatMap(([key, child]) => nodesOf(child, `${path}.${key}`)),
    ...nodesOf(node.items, `${path}[]`),
  ];
}

it('the JSON Schema in the repository is the one of the code', () => {
  const file = join(import.meta.dirname, '../../../src/config/flock.schema.json');
  const remedy = 'src/config/flock.schema.json differs from the schema; to write it: npm run docs';
  expect(readFileSync(file, 'utf8'), remedy).toBe(configJsonSchemaText());
});

it('describes every key, so that editors can show it', () => {
  const bare = nodesOf(configJsonSchema()).filter(
    ([path, { description }]) => typeof description !== 'string' && !path.endsWith('[]'),
  );
  expect(bare.map(([path]) => path)).toEqual([]);
});

it('refuses unknown keys everywhere, and asks for pools and bgp.asn alone', () => {
  const objects = nodesOf(configJsonSchema()).filter(([, { type }]) => type === 'object');
  expect(objects.length).toBeGreaterThan(8);
  expect(objects.filter(([, node]) => node.additionalProperties !== false).map(([path]) => path)).toEqual([]);
  expect(configJsonSchema()).toMatchObject({ required: ['pools', 'bgp'], properties: { bgp: { required: ['asn'] } } });
});
