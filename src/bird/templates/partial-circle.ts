import { eachNode, isPartialCall, lineOf, nameOf } from './template-node.ts';
import type { TemplateFile } from './templates.ts';

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
 * A way through the partials that leads back to where it began.
 * @param starts where to look first. @param callsOf the calls in each template. @param partials the templates by the
 * name by which they are called.
 * @returns the calls of the circle, in their order; undefined when there is none.
 */
export function findCircle(
  starts: Iterable<TemplateFile>,
  callsOf: ReadonlyMap<TemplateFile, readonly PartialCall[]>,
  partials: ReadonlyMap<string, TemplateFile>,
): readonly PartialCall[] | undefined {
  const done = new Set<TemplateFile>();
  const visit = (file: TemplateFile, way: readonly PartialCall[]): readonly PartialCall[] | undefined => {
    const begin = way.findIndex((call) => call.file === file);
    if (begin !== -1) return way.slice(begin);
    if (done.has(file)) return undefined;
    for (const call of callsOf.get(file) ?? []) {
      const target = partials.get(call.partial);
      const circle = target && visit(target, [...way, call]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const start of starts) {
    const circle = visit(start, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
