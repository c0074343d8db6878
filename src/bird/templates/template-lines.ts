import { eachNode, isNode, lineOf, type TemplateNode } from './template-node.ts';
import type { TemplateSet } from './templates.ts';

/** A line of a template. */
export interface TemplatePlace {
  /** Full path. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Whether the file is ours, not the operator's. */
  readonly packaged: boolean;
}

/** A place in the form for messages: `file:line`. */
export function placeText({ file, line }: TemplatePlace): string {
  return `${file}:${line}`;
}

/** Where a line of a rendered text comes from; undefined for lines that no template produces. @param line from 1. */
export type Locate = (line: number) => TemplatePlace | undefined;

/**
 * A mark: U+0001, number of the file, line in it, U+0002. No template and no value can contain these two characters.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: chosen because nothing else can contain them.
const MARK = /\u0001(\d+):(\d+)\u0002/;

/**
 * Puts a mark before each part of a parsed template that produces output: before each line of its own text, and before
 * each value. `readMarked` finds them in the output.
 * @param number represents the file in the marks.
 */
export function markLines(program: object, number: number): void {
  eachNode(program, (node) => {
    if (node.type !== 'Program' || !Array.isArray(node.body)) return;
    Object.assign(node, { body: node.body.filter(isNode).flatMap((piece) => marked(piece, number)) });
  });
}

function marked(node: TemplateNode, number: number): readonly TemplateNode[] {
  const line = lineOf(node);
  if (line === undefined) return [node];
  if (node.type === 'MustacheStatement') {
    return [{ type: 'ContentStatement', value: mark(number, line), original: '', loc: node.loc }, node];
  }
  const { value, original } = node;
  if (node.type !== 'ContentStatement' || typeof value !== 'string' || typeof original !== 'string' || value === '') {
    return [node];
  }
  const first = line + newlines(original.slice(0, original.indexOf(value)));
  const lines = value
    .split('\n')
    .map((text, index) => (text === '' && index > 0 ? text : mark(number, first + index) + text));
  return [{ ...node, value: lines.join('\n') }];
}

/**
 * Removes the marks from a rendered text.
 * @param set whose templates it was rendered with.
 * @returns the text, and for each of its lines the origin of its first visible character.
 */
export function readMarked(
  text: string,
  set: TemplateSet,
): { readonly text: string; readonly places: readonly (TemplatePlace | undefined)[] } {
  const files = [...set.files.values()];
  const lines: string[] = [];
  const places: (TemplatePlace | undefined)[] = [];
  let current: TemplatePlace | undefined;
  for (const line of text.split('\n')) {
    // Text, number, line, text, number, line, …, text.
    const parts = line.split(MARK);
    let plain = parts[0] ?? '';
    let place = plain.trim() === '' ? undefined : current;
    for (let at = 1; at < parts.length; at += 3) {
      const file = files[Number(parts[at])];
      const line = Number(parts[at + 1]);
      current = file && { file: file.path, line, packaged: set.packaged.get(file.name) === file };
      plain += parts[at + 2] ?? '';
      if (plain.trim() !== '') place ??= current;
    }
    lines.push(plain);
    places.push(place ?? current);
  }
  return { text: lines.join('\n'), places };
}

function mark(number: number, line: number): string {
  return `\u0001${number}:${line}\u0002`;
}

function newlines(text: string): number {
  return text.split('\n').length - 1;
}
