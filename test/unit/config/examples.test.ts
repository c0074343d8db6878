import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configJsonSchema } from '../../../src/config/json-schema.ts';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';

const EXAMPLE = join(import.meta.dirname, '../../../examples/flock.yaml');

it('the example configuration loads, and shows every key', async () => {
  const config = await loadConfig(EXAMPLE);
  expect(config).toMatchObject({ node: 'node1', metrics: { port: 9179 } });
  expect(config.bgp.peers).toHaveLength(2);
  const text = readFileSync(EXAMPLE, 'utf8');
  const keys = Object.keys(Object(configJsonSchema().properties));
  expect(keys.filter((key) => !new RegExp(`^${key}:`, 'm').test(text))).toEqual([]);
});

it('the example shows the defaults as they are', () => {
  const text = readFileSync(EXAMPLE, 'utf8');
  const shown = parseConfig(text, { hostname: 'node1' });
  const { pools, bgp, advertise, metrics, ...defaults } = shown;
  const least = 'pools: { ipv6: 2001:db8:1:1::/64, ipv4: 10.1.1.0/24 }\nbgp: { asn: 64601 }\n';
  expect(parseConfig(least, { hostname: 'node1' })).toMatchObject(defaults);
});
