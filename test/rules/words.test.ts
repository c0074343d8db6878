import { expect, it } from 'vitest';
import { proseOf, readDocument } from './markdown.ts';
import { sourceFiles } from './sources.ts';

/** Words that read as translated, each with what to write instead: those of CONTRIBUTING.md that a pattern can find. */
const AVOIDED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\banew\b/i, 'again; "begins anew" is "restarts"'],
  [/\bof before\b/i, 'previous'],
  [/\bwhat (?:comes?|came|becomes?|became) of\b/i, 'the result of, the outcome of'],
  [/\bwhoever\b/i, 'the program or person that acts'],
  [/\b(?:no|some|any|every)body\b/i, 'another program, the operator, no process, all listeners'],
  [/\btold of\b/i, 'notified of, reported; of routes: announced to'],
  [/\b(?:takes?|taken|took) up\b(?! to\b)/i, 'loads, applies'],
  [/\b(?:gives?|gave) way\b/i, 'is replaced by'],
  [/\bhis\b/i, "the operator's"],
  [/\blies\b/i, 'is, is in'],
  [/\bmend(?:s|ed|ing)?\b/i, 'correct, repair'],
  [/\bput(?:s|ting)? right\b/i, 'correct, repair'],
  [/\b(?:the|that|this|its|their) very\b/i, 'the same'],
  [/\bfor ever\b/i, 'forever'],
];

interface Prose {
  readonly path: string;
  /** Without code; a sentence that is wrapped in the file is one line here. */
  readonly text: string;
}

/** The comments and the sentences in strings of a TypeScript file. */
function proseOfSource(text: string): string {
  const parts = text.match(/\/\*[\s\S]*?\*\/|\/\/[^\n]*(?:\n\s*\/\/[^\n]*)*|'(?:[^'\\\n]|\\.)*'|`[^`]*`/g) ?? [];
  return parts
    .filter((part) => part.includes(' '))
    .map((part) => part.replace(/\n\s*(?:\*|\/\/)/g, ' ').replace(/\s+/g, ' '))
    .join('\n');
}

/** The text of a document without code, and without a table of words to avoid. */
function proseOfDocument(path: string): Prose {
  const text = proseOf(readDocument(path).text).replace(/^\| avoid \|.*\n(?:\|.*\n)*/m, '');
  return { path, text: text.replace(/`[^`\n]*`/g, '').replace(/\s+/g, ' ') };
}

const texts: readonly Prose[] = [
  ...sourceFiles('src', ['.ts']).map(({ path, text }) => ({ path: `src/${path}`, text: proseOfSource(text) })),
  ...sourceFiles('docs', ['.md']).map(({ path }) => proseOfDocument(`docs/${path}`)),
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'].map(proseOfDocument),
];

it('no comment, message or document uses a word to avoid', () => {
  const found = texts.flatMap(({ path, text }) =>
    AVOIDED.flatMap(([pattern, instead]) => {
      const word = pattern.exec(text)?.[0];
      return word === undefined ? [] : [`${path}: "${word}"; write: ${instead}`];
    }),
  );
  expect(texts.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});

it('finds a word in a comment that is wrapped, in a message, and not in code', () => {
  const found = (source: string): boolean => AVOIDED.some(([pattern]) => pattern.test(proseOfSource(source)));
  expect(found('/**\n * The text of\n * before.\n */')).toBe(true);
  expect(found('// What was told\n// of it.')).toBe(true);
  expect(found("throw new Error('nobody listens')")).toBe(true);
  expect(found('for (const name of before) use(name);')).toBe(false);
  expect(found("import { mend } from './mend.ts';")).toBe(false);
});
