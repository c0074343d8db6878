import { describe, expect, it } from 'vitest';
import { functionLengths } from './function-lengths.ts';

describe('the lengths of functions', () => {
  const lengths = (source: string) =>
    functionLengths(source).map(({ name, line, lines }) => `${name}@${line}:${lines}`);

  it.each([
    ['a declaration', 'function one() {\n  return 1;\n}', ['one@1:3']],
    [
      'one with parameters in lines of their own',
      'export async function one(\n  a: number,\n): Promise<void> {\n}',
      ['one@1:4'],
    ],
    ['one that returns an object type', 'function one(): { readonly a: 1 } {\n  return { a: 1 };\n}', ['one@1:3']],
    [
      'one that promises an object type',
      'function one(): Promise<{ a: Map<string, 1> }> {\n  return x;\n}',
      ['one@1:3'],
    ],
    ['one with type parameters', 'function one<A, B extends object>(a: A) {\n}', ['one@1:2']],
    ['one inside another', 'function one() {\n  function two() {\n  }\n}', ['one@1:4', 'two@2:2']],
    ['an arrow function', "const one = (a: number): string => {\n  return a + '}';\n};", ['@1:3']],
    ['an arrow function as an argument', 'call(1, async () => {\n  await x;\n});', ['@1:3']],
    [
      'methods, accessors and a constructor',
      'class A {\n  constructor() {\n  }\n  get b() {\n    return 1;\n  }\n  async #c(d: { e: 1 }): Promise<void> {\n  }\n}',
      ['constructor@2:2', 'b@4:3', '#c@7:2'],
    ],
    ['methods of an object', 'const a = {\n  b: 1,\n  c(d) {\n    return d;\n  },\n};', ['c@3:3']],
  ])('are found of %s', (_what, source, expected) => {
    expect(lengths(source)).toEqual(expected);
  });

  it.each([
    [
      'blocks',
      'if (a) {\n} else if (b) {\n} else {\n}\nfor (const c of d) {\n}\nswitch (e) {\n}\ntry {\n} catch (f) {\n}',
    ],
    [
      'classes, types and objects',
      'class A extends B {\n}\ninterface C {\n  d(): void;\n}\nconst e: F = {\n  g: call({\n    h: 1,\n  }),\n};',
    ],
    [
      'strings, comments and regular expressions',
      `const a = 'function b() {';\n// function c() {\n/* d() { */\nconst e = /f\\(\\) {/;\nconst g = \`\${h('}')} i() {\`;`,
    ],
  ])('are not found of %s', (_what, source) => {
    expect(lengths(source)).toEqual([]);
  });

  it('are those of the braces, whatever stands in strings', () => {
    const source = `function one() {\n  const a = '}';\n  const b = \`}\${\`}\`}\`;\n  return /[/}]/.test(a + b);\n}`;
    expect(lengths(source)).toEqual(['one@1:5']);
  });
});
