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
 * The circle that running templates go round in. The same templates give the same circle, wherever the stack of JavaScript
 * has ended: it begins with the template that is reached first.
 * @param running the templates that have begun and not ended, each inside of the one before.
 * @param callsOf the calls in each template.
 * @param partials the templates by the name by which they are called.
 * @returns the calls in their order; empty when there is none.
 */
export function circleOf(
  running: readonly TemplateFile[],
  callsOf: ReadonlyMap<TemplateFile, readonly PartialCall[]>,
  partials: ReadonlyMap<string, TemplateFile>,
): readonly PartialCall[] {
  const circle = goneRound(running, callsOf) ?? written(running, callsOf, partials);
  const members = new Set(circle.map(({ file }) => file));
  const first = running.find((file) => members.has(file));
  const at = circle.findIndex(({ file }) => file === first);
  return [...circle.slice(at), ...circle.slice(0, at)];
}

/** From the last template that has begun twice back to where it began before; undefined when none has. */
function goneRound(
  running: readonly TemplateFile[],
  callsOf: ReadonlyMap<TemplateFile, readonly PartialCall[]>,
): readonly PartialCall[] | undefined {
  const end = running.findLastIndex((file, at) => running.indexOf(file) < at);
  const last = running[end];
  if (last === undefined) return undefined;
  const begin = running.lastIndexOf(last, end - 1);
  return running.slice(begin, end).flatMap((file, at) => {
    const next = partialName(running[begin + at + 1]?.name ?? '');
    return callsOf.get(file)?.find(({ partial }) => partial === next) ?? [];
  });
}

/** The first circle in the text of the templates behind the last one that has begun; empty when there is none. */
function written(
  running: readonly TemplateFile[],
  callsOf: ReadonlyMap<TemplateFile, readonly PartialCall[]>,
  partials: ReadonlyMap<string, TemplateFile>,
): readonly PartialCall[] {
  const done = new Set<TemplateFile>();
  const visit = (file: TemplateFile, way: readonly PartialCall[]): readonly PartialCall[] => {
    const begin = way.findIndex((call) => call.file === file);
    if (begin !== -1) return way.slice(begin);
    if (done.has(file)) return [];
    for (const call of callsOf.get(file) ?? []) {
      const target = partials.get(call.partial);
      const circle = target === undefined ? [] : visit(target, [...way, call]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  return running.slice(-1).flatMap((file) => visit(file, []));
}
