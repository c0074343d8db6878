import { eachNode, isPartialCall, lineOf, nameOf } from './template-node.ts';
import { partialName, type TemplateFile } from './templates.ts';

/** A place where a template includes a partial. */
export interface PartialCall {
  readonly file: TemplateFile;
  /** Counted from 1; undefined when the parser does not report it. */
  readonly line: number | undefined;
  /** The name by which templates call the partial. */
  readonly partial: string;
}

/** The partials that a parsed template includes, in the order of its text. */
export function partialCalls(file: TemplateFile, program: object): readonly PartialCall[] {
  const calls: PartialCall[] = [];
  eachNode(program, (node) => {
    if (isPartialCall(node)) calls.push({ file, line: lineOf(node), partial: nameOf(node.name) });
  });
  return calls;
}

/**
 * How deeply a template may be nested inside itself. A recursion that ends does so because of its values, which are
 * nested less than ten deep, and no template can count.
 */
const MOST_INSIDE_ITSELF = 20;

/** Whether the template that started last includes itself without end, directly or through others. */
export function isEndless(running: readonly TemplateFile[]): boolean {
  const last = running.at(-1);
  return running.filter((file) => file === last).length > MOST_INSIDE_ITSELF;
}

/**
 * The cycle that running templates are in. The same templates give the same cycle, wherever the JavaScript stack
 * overflowed: it begins with the template that is reached first.
 * @param running the templates that have started and not ended, each inside the previous one.
 * @param callsOf the calls in each template.
 * @param partials the templates by the name in calls.
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

/** From the last template that has started twice back to its previous start; undefined when there is none. */
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

/** The first cycle in the text of the templates after the last one that has started; empty when there is none. */
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
