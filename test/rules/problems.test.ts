import { describe, expect, it } from 'vitest';
import { OWNERS, PROBLEMS } from '../../src/engine/problems.ts';
import { PROBLEM_CODES } from '../../src/model/problem.ts';
import { sourceFiles } from './sources.ts';

const files = new Map(sourceFiles('src', ['.ts']).map(({ path, text }) => [path, text]));

/** The owners whose problems a text sets and clears. */
function ownersIn(text: string): string[] {
  return [...text.matchAll(/\bproblems\.of\('(\w+)'\)/g)].map(([, owner = '']) => owner);
}

describe('the registry of problems', () => {
  it('has every code, in the order in which status lists them', () => {
    expect(Object.keys(PROBLEMS)).toEqual([...PROBLEM_CODES]);
  });

  it('has no owner that states nothing', () => {
    const used = new Set<string>(Object.values(PROBLEMS).flatMap(({ owners }) => [...owners]));
    expect(Object.keys(OWNERS).filter((owner) => !used.has(owner))).toEqual([]);
  });

  it.each(Object.entries(OWNERS))('knows the only file that states the problems of %s', (name, owner) => {
    const stating = [...files].filter(([, text]) => ownersIn(text).includes(name)).map(([path]) => path);
    if ('states' in owner) expect(stating).toEqual([owner.states]);
    else {
      expect(stating).toEqual([]);
      expect(files.get(owner.watches)).toBeDefined();
    }
  });

  it('is asked for owners by name, so that each can be found', () => {
    const asking = [...files].filter(([, text]) => /\bproblems\s*\.of\((?!')/.test(text)).map(([path]) => path);
    expect(asking).toEqual([]);
  });
});
