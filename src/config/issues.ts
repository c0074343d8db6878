import type { z } from 'zod';
import { quoteText } from '../model/printable.ts';
import { keysAt, nearestKey } from './known-keys.ts';

/** One error in a configuration. */
export interface ConfigIssue {
  readonly path: readonly PropertyKey[];
  /** A clause that begins with `must` or `is`. */
  readonly rule: string;
}

/** The issues that zod found, in our words. An unknown key becomes a separate issue, with the nearest known one. */
export function issuesOf(error: z.ZodError, written: unknown): ConfigIssue[] {
  return error.issues.flatMap((issue) => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], rule: unknownKey(path, key) }));
    }
    const rule = issue.code === 'invalid_type' ? typeRule(issue) : issue.message;
    return [{ path, rule: valueAt(written, path) === undefined ? `is required; it ${rule}` : rule }];
  });
}

/**
 * The issues as lines for the operator, in the order of the text: the location of each, what is written there, and the
 * rule that it breaks.
 * @param lineOf returns the line of the text where a path is written.
 */
export function describeIssues(
  issues: readonly ConfigIssue[],
  written: unknown,
  lineOf: (path: readonly PropertyKey[]) => number,
): string[] {
  const lines = issues.map(({ path, rule }) => {
    const shown =
      rule.startsWith('must') && path.length > 0 && path.at(-1) !== PASSWORD_KEY
        ? showValue(valueAt(written, path))
        : '';
    const line = lineOf(path);
    return { line, text: `line ${line}: ${path.length === 0 ? 'it' : formatPath(path)}${shown} ${rule}` };
  });
  // One number can violate several bounds that share one rule.
  return [...new Set(lines.sort((a, b) => a.line - b.line).map(({ text }) => text))];
}

/** Its value is not shown: an operator who mistakes it for the password itself writes that there. */
const PASSWORD_KEY = 'passwordFile';

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const nearest = nearestKey(path, key);
  if (nearest !== undefined) return `is not a key; did you mean ${nearest}?`;
  return `is not a key; known here: ${keysAt(path).join(', ')}`;
}

const TYPE_RULES: Readonly<Record<string, string>> = {
  object: 'must be a map',
  array: 'must be a list',
  boolean: 'must be true or false',
  string: 'must be a text',
};

/** Numbers already carry their rule in the message. */
function typeRule(issue: { readonly expected: string; readonly message: string }): string {
  return TYPE_RULES[issue.expected] ?? issue.message;
}

/** `bgp.peers[0].asn`; a key that is not a plain word is quoted. */
function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const key = String(part);
      return `${index === 0 ? '' : '.'}${/^[A-Za-z0-9_-]+$/.test(key) ? key : quoteText(key)}`;
    })
    .join('');
}

function valueAt(written: unknown, path: readonly PropertyKey[]): unknown {
  let value = written;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, part) ? Object.entries(value).find(([key]) => key === String(part))?.[1] : undefined;
  }
  return value;
}

/** ` = value` for what fits on a line. */
function showValue(value: unknown): string {
  if (typeof value === 'string') return ` = ${quoteText(value)}`;
  if (value === null) return ' = nothing';
  return typeof value === 'number' || typeof value === 'boolean' ? ` = ${value}` : '';
}
