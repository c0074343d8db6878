/** A node of a template as Handlebars has parsed it, as far as our walks need it. */
export type TemplateNode = { readonly type: string; readonly [key: string]: unknown };

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
