import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codesIn, readDocument, tableUnder } from './markdown.ts';
import { ROOT } from './sources.ts';

const internals = readDocument('docs/internals.md');

/** What a text names of the repository. */
function pathsIn(text: string): string[] {
  return codesIn(text).filter((code) => /^(?:src|test|templates)\//.test(code));
}

describe('docs/internals.md', () => {
  it('names only files and folders that exist', () => {
    const paths = pathsIn(internals.text);
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('answers every question with a file', () => {
    for (const [question, answer = ''] of tableUnder(internals, 'Where is …')) {
      expect(pathsIn(answer), question).not.toEqual([]);
    }
  });

  it.each(tableUnder(internals, 'To add a …'))('says what to touch for a new %s', (what, count, where) => {
    const most: Readonly<Record<string, number>> = {
      reason: 3,
      problem: 3,
      'verb with a route of its own': 4,
      'option of a peer': 6,
    };
    expect(Number(count), what).toBeLessThanOrEqual(most[what ?? ''] ?? 6);
    expect(pathsIn(where ?? '').length, what).toBeGreaterThanOrEqual(Number(count) - 1);
  });
});
