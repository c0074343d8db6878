import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOT } from './sources.ts';

/** A document of the repository. */
export interface Document {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}

/** Reads a document. @param path relative to the root. */
export function readDocument(path: string): Document {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

/** The text without fenced code blocks, in which a `#` begins a comment and a `|` is a pipe. */
export function proseOf(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

/**
 * The rows of the first table under a heading, without its header, each cell without blanks around it.
 * @throws Error when there is no such heading or no table before the next one.
 */
export function tableUnder({ path, text }: Document, heading: string): string[][] {
  const lines = proseOf(text).split('\n');
  const start = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'));
  if (start < 0) throw new Error(`${path} has no heading "${heading}"`);
  const next = lines.findIndex((line, index) => index > start && line.startsWith('#'));
  const section = lines.slice(start + 1, next < 0 ? undefined : next);
  const first = section.findIndex((line) => line.startsWith('|'));
  if (first < 0) throw new Error(`${path} has no table under "${heading}"`);
  const rows = section.slice(first);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(2, end < 0 ? undefined : end).map(cellsOf);
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\||\|\s*$/g, '')
    .split('|')
    .map((cell) => cell.trim());
}

/** The words in backticks of the first cell of each row: what the table is about. */
export function subjectsOf(rows: readonly (readonly string[])[]): string[] {
  return rows.flatMap(([cell = '']) => codesIn(cell));
}

/** All words in backticks. */
export function codesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

/** Links of a document that lead to a file or heading of the repository, and to nothing there. */
export function brokenLinks({ path, text }: Document): string[] {
  const links = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return links.filter((link) => !/^[a-z]+:/.test(link)).filter((link) => !leadsSomewhere(path, link));
}

function leadsSomewhere(path: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? path : normalize(join(dirname(path), file));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(readDocument(target).text).includes(anchor);
}

/** The anchors that GitHub gives to headings: lower case, blanks as hyphens, no other marks. */
function anchorsOf(text: string): string[] {
  const headings = proseOf(text)
    .split('\n')
    .filter((line) => /^#+ /.test(line));
  return headings.map((line) =>
    line
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
