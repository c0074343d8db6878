import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { restartKeys, takeUpLive } from '../../src/config/restart-keys.ts';
import type { Config } from '../../src/config/types.ts';
import { FlockError } from '../../src/errors.ts';
import { prefixContains } from '../../src/model/prefix.ts';
import { FULL } from '../unit/config/fixtures.ts';

/** The configuration in a text, or the refusal; anything else that is thrown fails the test. */
function outcome(text: string): Config | FlockError {
  try {
    return parseConfig(text, { hostname: 'host1' });
  } catch (error) {
    if (error instanceof FlockError && error.code === 'configurationInvalid') return error;
    throw error;
  }
}

/** What every configuration that is accepted keeps to, whatever was written. */
function expectSound(config: Config): void {
  const { pools, bgp, bird, state, socket, defaults } = config;
  expect(pools.ip4 ?? pools.ip6).toBeDefined();
  expect(defaults.ipv4 && pools.ip4 === undefined).toBe(false);
  expect(defaults.ipv6 && pools.ip6 === undefined).toBe(false);
  for (const { name, address } of bgp.peers) {
    expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]{0,31}$/);
    for (const pool of [pools.ip4, pools.ip6]) expect(pool !== undefined && prefixContains(pool, address)).toBe(false);
  }
  for (const path of [bird.socket, bird.config, bird.templates, state, socket]) {
    expect(path).toMatch(/^\/[^"'\p{Cc}]*$/u);
  }
}

/** Texts that a slip of the pen, or malice, could put in the place of a value. */
const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    'null',
    '{}',
    '[]',
    '[x]',
    '"',
    "'",
    '}',
    '0',
    '-1',
    '1e99',
    '~',
    '*a',
    '&a x',
    '!!x',
    '10.0.0.1/24',
  ),
  fc.ipV4(),
  fc.ipV6(),
  fc.integer(),
);

it('an arbitrary text is a configuration or is refused, and nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const result = outcome(text);
      if (!(result instanceof FlockError)) expectSound(result);
    }),
  );
});

it('a configuration with some of its lines changed is sound or is refused, on lines that can be printed', () => {
  const lines = FULL.split('\n');
  const change = fc.record({
    line: fc.nat(lines.length - 1),
    how: fc.oneof(
      fc.record({ kind: fc.constant('value' as const), text: scalar }),
      fc.record({ kind: fc.constantFrom('remove' as const, 'repeat' as const), text: fc.constant('') }),
      fc.record({ kind: fc.constant('insert' as const), text: fc.string({ unit: 'binary', maxLength: 20 }) }),
    ),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const edited = [...lines];
      for (const { line, how } of changes) {
        const before = edited[line] ?? '';
        if (how.kind === 'remove') edited[line] = '';
        if (how.kind === 'repeat') edited[line] = `${before}\n${before}`;
        if (how.kind === 'insert') edited[line] = `${before}\n${how.text}`;
        if (how.kind === 'value') edited[line] = before.replace(/: .*$/, () => `: ${how.text}`);
      }
      const result = outcome(edited.join('\n'));
      if (!(result instanceof FlockError)) return expectSound(result);
      expect(result.message).toMatch(/^[\P{Cc}\n]+$/u);
    }),
    { numRuns: 300 },
  );
});

it('any JSON value is a configuration or is refused', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      expect(outcome(text)).toBeInstanceOf(FlockError);
    }),
  );
});

it('what is taken up live never needs a restart, and differs from what was loaded in nothing else', () => {
  const variant = fc
    .record({
      node: fc.constantFrom('n1', 'n2'),
      protocol: fc.constantFrom(202, 203),
      state: fc.constantFrom('/a', '/b'),
      source: fc.constantFrom('directory', 'kubernetes'),
      mtu: fc.constantFrom('auto', 1500),
    })
    .map(({ node, protocol, state, source, mtu }) =>
      parseConfig(
        `node: ${node}\nrouteProtocol: ${protocol}\nstate: ${state}\nmtu: ${mtu}\npods: {source: ${source}}\npools: {ipv4: 10.1.1.0/24}\nbgp: {asn: 1}\n`,
        { hostname: 'host1' },
      ),
    );
  fc.assert(
    fc.property(variant, variant, (running, loaded) => {
      const live = takeUpLive(running, loaded);
      expect(restartKeys(running, live)).toEqual([]);
      expect(takeUpLive(loaded, live)).toEqual(loaded);
    }),
  );
});
