import type { Locate } from '../templates/template-lines.ts';

/**
 * The line of an operator's template behind the first line of a text, comments apart, that differs from another text, as `file:line`;
 * empty where that line comes from a packaged template or from none: then the cause is not in a template.
 */
export function firstChange(before: string, after: string, locate: Locate): string {
  const old = before.split('\n');
  const index = after.split('\n').findIndex((line, at) => line !== old[at] && !/^\s*(#.*)?$/.test(line));
  const place = index < 0 ? undefined : locate(index + 1);
  return place === undefined || place.packaged ? '' : `${place.file}:${place.line}`;
}
