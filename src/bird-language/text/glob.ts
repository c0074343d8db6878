import type { ConfigFiles } from './config-set.ts';

/** Characters that make the path of an include a pattern (`cf_include` in `conf/cf-lex.l`). */
const WILDCARDS = /[?*[]/;

/** Whether an include names a pattern instead of a file. */
export function isPattern(path: string): boolean {
  return WILDCARDS.test(path);
}

/**
 * The paths that match a pattern, sorted, as glob(3) finds them: a name that begins with a dot matches only when the
 * pattern does too.
 * @param pattern an absolute path; each of its parts may be a pattern.
 * @returns undefined when a folder cannot be read, which BIRD refuses.
 */
export function expandPattern(files: ConfigFiles, pattern: string): readonly string[] | undefined {
  let found = [''];
  for (const part of pattern.split('/').slice(1)) {
    if (!isPattern(part)) {
      found = found.map((folder) => `${folder}/${part}`);
      continue;
    }
    const next: string[] = [];
    for (const folder of found) {
      const names = files.names(folder === '' ? '/' : folder);
      if (names === undefined) return undefined;
      for (const name of names) if (fits(part, name)) next.push(`${folder}/${name}`);
    }
    found = next;
  }
  return found.sort();
}

/** Whether a name matches a pattern of glob(7). Without recursion, and with at most one backtracking point per star. */
export function fits(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  let [p, n] = [0, 0];
  let [star, resume] = [-1, 0];
  while (n < name.length) {
    const one = pattern[p] === '*' ? undefined : matchOne(pattern, p, name[n] ?? '');
    if (pattern[p] === '*') {
      [star, resume] = [p, n];
      p += 1;
    } else if (one !== undefined) {
      p = one;
      n += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      n = resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** Where the pattern continues after the part that matches one character; undefined when it does not match. */
function matchOne(pattern: string, at: number, sign: string): number | undefined {
  if (pattern[at] === '?') return at + 1;
  // A closing bracket directly after the opening one, or after its `!`, is a member.
  const negated = pattern[at + 1] === '!' || pattern[at + 1] === '^';
  const first = at + (negated ? 2 : 1);
  const end = pattern[at] === '[' ? pattern.indexOf(']', first + 1) : -1;
  if (end === -1) return pattern[at] === sign ? at + 1 : undefined;
  let member = false;
  for (let i = first; i < end; i += 1) {
    const from = pattern[i] ?? '';
    const to = pattern[i + 1] === '-' && i + 2 < end ? (pattern[i + 2] ?? '') : from;
    if (to !== from) i += 2;
    member ||= from <= sign && sign <= to;
  }
  return member === negated ? undefined : end + 1;
}
