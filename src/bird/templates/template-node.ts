/** A node of a template parsed by Handlebars, as far as our traversals need it. */
export type TemplateNode = { readonly type: string; readonly [key: string]: unknown };

/** Whether a part of a parsed template is a node, not a plain value. */
export function isNode(value: unknown): value is TemplateNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** The line that a node begins on, counted from 1. */
export function lineOf({ loc }: TemplateNode): number | undefined {
  if (typeof loc !== 'object' || loc === null || !('start' in loc)) return undefined;
  const { start } = loc;
  if (typeof start !== 'object' || start === null || !('line' in start)) return undefined;
  return typeof start.line === 'number' ? start.line : undefined;
}

/** Whether a node includes a partial. */
export function isPartialCall({ type }: TemplateNode): boolean {
  return /^Partial(Block)?Statement$/.test(type);
}

/**
 * The name of a value, helper or partial as written; `(computed)` when the template computes it, which is not allowed.
 */
export function nameOf(path: unknown): string {
  return isNode(path) && typeof path.original === 'string' ? path.original : '(computed)';
}

/** Visits the nodes among some values and in lists of them, but not the nodes below these. */
export function visitAll(values: readonly unknown[], visit: (node: TemplateNode) => void): void {
  for (const value of values) {
    if (Array.isArray(value)) visitAll(value, visit);
    else if (isNode(value)) visit(value);
  }
}

/** Visits a node and all nodes below it, in the order of the text; nodes that `see` has added are visited too. */
export function eachNode(program: object, see: (node: TemplateNode) => void): void {
  const visit = (node: TemplateNode): void => {
    see(node);
    visitAll(Object.values(node), visit);
  };
  visitAll([program], visit);
}
