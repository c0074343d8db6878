import { type Locate, placeText } from '../templates/template-lines.ts';

/** A line that BIRD ignores: blank, or only a comment. */
const MEANS_NOTHING = /^\s*(#.*)?$/;

/** The lines of a text that BIRD does not ignore, with their numbers counted from 1. */
export function meaningfulLines(text: string): { readonly line: string; readonly number: number }[] {
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => !MEANS_NOTHING.test(line));
}

/**
 * The line of an operator's template that gave the first line of a text, comments apart, that differs from another
 * text, as `file:line`; empty where that line comes from a packaged template or from none: then the cause is not in a
 * template.
 */
export function firstChange(before: string, after: string, locate: Locate): string {
  const old = meaningfulLines(before);
  const first = meaningfulLines(after).find(({ line }, at) => line !== old[at]?.line);
  const place = first === undefined ? undefined : locate(first.number);
  return place === undefined || place.packaged ? '' : placeText(place);
}
