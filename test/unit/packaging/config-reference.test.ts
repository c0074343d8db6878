import { describe, expect, it } from 'vitest';
import {
  configSchemaForReference,
  keysOf,
  referenceTable,
  withReference,
} from '../../../packaging/config-reference.ts';

/** The row of one key with a schema of its own. */
function row(child: object, required: readonly string[] = []): string | undefined {
  return referenceTable({ properties: { key: child }, required }).split('\n')[2];
}

describe('the table of configuration keys', () => {
  it('has every key that holds a value or a list, with those above it', () => {
    const keys = keysOf(configSchemaForReference()).map(({ key }) => key);
    expect(keys).toEqual(
      expect.arrayContaining(['node', 'bgp.peers', 'bgp.peers[].name', 'bgp.peers[].ipv4.export.med']),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).not.toContain('bgp');
    expect(referenceTable(configSchemaForReference()).split('\n')).toHaveLength(keys.length + 2);
  });

  it.each([
    [
      'the default of the schema',
      { type: 'boolean', default: true, description: 'Be.' },
      '`true` | `true`, `false` | Be.',
    ],
    ['a default that the description says', { type: 'string', description: 'A. Default: the b.' }, 'the b | | A.'],
    ['an empty default', { type: 'string', default: '', description: 'A.' }, '`""` | | A.'],
    [
      'a list that is empty by default',
      { type: 'array', default: [], description: 'A. Default: none.' },
      'none | list | A.',
    ],
    ['a range', { type: 'integer', minimum: 1, maximum: 9, default: 2, description: 'A.' }, '`2` | 1 to 9 | A.'],
    ['the words of a choice', { enum: ['a', 'b'], default: 'a', description: 'A.' }, '`a` | `a`, `b` | A.'],
    ['an example', { type: 'string', examples: ['x'], default: 'y', description: 'A.' }, '`y` | such as `x` | A.'],
    [
      'the most entries of a list',
      { type: 'array', maxItems: 3, items: { enum: ['x'] }, description: 'A. Default: none.' },
      'none | list, 3 at most: `x` | A.',
    ],
    [
      'a link to a heading of another page',
      { type: 'string', default: 'x', description: 'See docs/bird.md#templates.' },
      '`x` | | See [docs/bird.md](bird.md#templates).',
    ],
    ['a bar that would end its cell', { enum: ['a|b'], default: 'c', description: 'A.' }, '`c` | `a\\|b` | A.'],
  ])('shows %s', (_what, schema, cells) => {
    expect(row(schema)).toBe(`| \`key\` | ${cells} | |`);
  });

  it('says of a key without default that it is required, unless its description names what holds without it', () => {
    expect(row({ type: 'string', description: 'A.' }, ['key'])).toBe('| `key` | required | | A. | |');
    expect(row({ type: 'string', description: 'A. Default: off.' }, ['key'])).toBe('| `key` | off | | A. | |');
  });

  it('marks a key that needs a restart', () => {
    expect(row({ type: 'string', default: 'x', description: 'A. A change needs a restart.' })).toBe(
      '| `key` | `x` | | A. | yes |',
    );
    expect(row({ type: 'string', description: 'A. A change needs a restart. Default: b.' })).toBe(
      '| `key` | b | | A. | yes |',
    );
  });

  it('is refused for a key of which the schema does not say enough', () => {
    expect(() => row({ type: 'string', default: 'x' })).toThrow('key has no description in the schema');
    expect(() => row({ type: 'string', description: 'A.' })).toThrow('must end with "Default: …."');
  });
});

describe('a page with the table', () => {
  it('keeps what stands around it, and is the same when written twice', () => {
    const schema = { properties: { key: { type: 'string', default: 'x', description: 'A.' } } };
    const page =
      'before\n<!-- The table is made from the schema: npm run docs -->\nold\n<!-- end of the table -->\nafter\n';
    const once = withReference(page, schema);
    expect(once).toMatch(/^before\n<!-- The table [\s\S]*\n\| `key` [\s\S]*<!-- end of the table -->\nafter\n$/);
    expect(once).not.toContain('old');
    expect(withReference(once, schema)).toBe(once);
  });

  it('is refused without the lines around the table', () => {
    expect(() => withReference('nothing', {})).toThrow('docs/configuration.md needs the lines');
  });
});
