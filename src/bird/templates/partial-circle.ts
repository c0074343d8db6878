import { eachNode, isPartialCall, lineOf, nameOf } from './template-node.ts';
import { partialName, type TemplateFile } from './templates.ts';

/** A place where a template takes in a partial. */
export interface PartialCall {
  readonly file: TemplateFile;
  /** Counted from 1; undefined where the parser does not tell it. */
  readonly line: number | undefined;
  /** The name by which templates call the partial. */
  readonly partial: string;
}

/** The partials that a parsed template takes in, in the order of its text. */
export function partialCalls(file: TemplateFile, program: object): readonly PartialCall[] {
  const calls: PartialCall[] = [];
  eachNode(program, (node) => {
    if (isPartialCall(node)) calls.push({ file, line: lineOf(node), partial: nameOf(node.name) });
  });
  return calls;
}

/**
 * How often a template may stand inside of itself. What ends by itself ends with what it is given: values lie in each other
 * less than ten deep, and no template can count.
 */
const MOST_INSIDE_ITSELF = 20;

/** Whether the template that has begun last takes in itself without end, by way of others or not. */
export function isEndless(running: readonly TemplateFile[]): boolean {
  const last = running.at(-1);
  return running.filter((file) => file === last).length > MOST_INSIDE_ITSELF;
}

/**
 * The circle that running templates go round in: from the last one that has begun back to where it began before. The
 * same templates give the same circle, since it is counted and not left to the stack of JavaScript.
 * @param running the templates that have begun and not ended, each inside of the one before.
 * @param callsOf the calls in each template.
 * @returns the calls in their order; empty when none has begun twice.
 */
export function circleOf(
  running: readonly TemplateFile[],
  callsOf: ReadonlyMap<TemplateFile, readonly PartialCall[]>,
): readonly PartialCall[] {
  const end = running.findLastIndex((file, at) => running.indexOf(file) < at);
  const last = running[end];
  const begin = last === undefined ? -1 : running.lastIndexOf(last, end - 1);
  return begin === -1
    ? []
    : running.slice(begin, end).flatMap((file, at) => {
        const next = partialName(running[begin + at + 1]?.name ?? '');
        return callsOf.get(file)?.find(({ partial }) => partial === next) ?? [];
      });
}
