import { basename, normalize } from 'node:path';
import type { PublishPaths } from '../files/paths.ts';
import { type Locate, placeText, type TemplatePlace } from '../templates/template-lines.ts';
import { meaningfulLines } from './first-change.ts';

/** A fault in a file as BIRD prints it: `file:line:column what`, or without column. */
const POSITION = /^(.*?):(\d+)(?::(\d+))?:? /;

/**
 * What BIRD says of a text, preceded by the template line that it comes from, where one can be found:
 * `…/partials/peer.hbs:12 (…/bird.conf:93:1 syntax error, …)`.
 *
 * BIRD notices what is missing at the end of a template, such as a semicolon or a brace, only at the next word, which
 * may come from another one. Where that comes right after a template of the operator's, both places are named, the
 * operator's first.
 * @param said BIRD's message. @param names the paths under which BIRD may know the text.
 */
export function explainRefusal(said: string, names: readonly string[], text: string, locate: Locate): string {
  const position = POSITION.exec(said);
  const [, file = '', line = '', column] = position ?? [];
  const known = names.includes(file) || names.some((name) => basename(name) === file);
  if (!known) return said;
  const place = locate(Number(line));
  if (place === undefined) return said;
  const before = isFirstWord(text, Number(line), Number(column)) ? placeBefore(text, Number(line), locate) : undefined;
  const both = before !== undefined && !before.packaged && before.file !== place.file ? [place, before] : [place];
  const suspects = place.packaged ? both.toReversed() : both;
  return `${suspects.map(placeText).join(' or ')} (${said})`;
}

/**
 * What BIRD says of a candidate set, with the real paths, and the template line that it comes from. Of a file that is
 * not one of flockd's two it says whose it is.
 * @param text of `paths.config`.
 */
export function explainFault(said: string, paths: PublishPaths, text: string, locate: Locate): string {
  const inRealPlace = said.replaceAll(`${paths.candidate}/`, `${paths.folder}/`).replace(/^\S+/, normalize);
  const explained = explainRefusal(inRealPlace, [paths.config], text, locate);
  if (explained !== inRealPlace || !isOperators(inRealPlace, paths)) return explained;
  return `${inRealPlace} (${POSITION.exec(inRealPlace)?.[1]} is yours)`;
}

/**
 * Whether BIRD names a place in a file of the operator's own (`bird.mode: include`). Where it names no folder, the name of
 * the file tells.
 */
export function isOperators(said: string, { mode, config, announcements }: PublishPaths): boolean {
  const file = POSITION.exec(said)?.[1] ?? '';
  const ours = [config, announcements].some((path) => basename(path) === basename(file));
  return mode === 'include' && file !== '' && !ours;
}

/** Whether only blanks are on the line before a column, which is counted from 1 in characters. */
function isFirstWord(text: string, line: number, column: number): boolean {
  const written = text.split('\n')[line - 1] ?? '';
  return written.slice(0, column - 1).trim() === '';
}

/** The place of the last line before this one that is neither blank nor a comment. */
function placeBefore(text: string, line: number, locate: Locate): TemplatePlace | undefined {
  const last = meaningfulLines(text).findLast(({ number }) => number < line);
  return last === undefined ? undefined : locate(last.number);
}
