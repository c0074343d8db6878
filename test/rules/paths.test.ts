// @module-tag real
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './sources.ts';

/**
 * What no file of the repository may carry: paths of a machine on which somebody happened to build, and names of papers
 * that a reader does not have. Written with a character class each, so that this file does not carry them either.
 */
const DENIED: readonly RegExp[] = [
  /(?<![\w.-])[/]work[/]/,
  /bash[_]jobs/,
  /[/]home[/][a-z]/,
  /(?<![\w.-])[/]root[/]/,
  /\bshared[/](interface|design|habits|reference)/,
  /\b(interface|design|habits|brief)[.]md\b/,
  /\bhelper[ ]session/i,
];

/** Each line of a text that carries something denied. */
function denied(path: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      DENIED.some((pattern) => pattern.test(line)) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
    );
}

/** Files that are tracked, or would be by the next `git add`. The lock file is npm's. */
function trackedFiles(): string[] {
  // The repository may belong to somebody else than the one who tests it (safe.directory in git-config(1)).
  const command = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', command, { cwd: ROOT, encoding: 'utf8' });
  return listed.split('\0').filter((path) => path !== '' && path !== 'package-lock.json');
}

/** The text of a file; undefined when it is deleted but still tracked. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

describe('the files of the repository', () => {
  it('carry no path of a build machine', () => {
    const files = trackedFiles();
    expect(files).toContain('package.json');
    expect(files.flatMap((path) => denied(path, textOf(path) ?? ''))).toEqual([]);
  });
});

/** Put into the samples from here, so that this file does not carry what it looks for. */
const WORK = 'work';

describe('the deny list', () => {
  it.each(['work/x', 'home/me', 'root/.npm'])('sees a path below /%s', (path) => {
    expect(denied('a', `const p = '/${path}';`)).toHaveLength(1);
  });

  it.each([`src/network/${WORK}/`, `https://example.org/a/${WORK}/b`, '/etc/flock/flock.yaml', '/run/netns/a'])(
    'lets %s pass',
    (text) => {
      expect(denied('a', `see ${text}`)).toEqual([]);
    },
  );
});
