import { suggestion } from './closest.ts';
import { templateFault } from './template-fault.ts';
import type { TemplateFile } from './templates.ts';

/** Names that exist on every object and list of JavaScript; no template has any business with them. */
const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(
  [Object.prototype, Array.prototype]
    .flatMap((prototype) => Object.getOwnPropertyNames(prototype))
    .filter((name) => name !== 'length'),
);

/** A node of a parsed template, as far as the walk needs it. */
type Node = { readonly type: string; readonly [key: string]: unknown };

/**
 * Judges a parsed template before it runs, so that what is misspelt in a branch not taken today is found today: unknown
 * helpers and partials, names of JavaScript's own. Makes the lookups in arguments strict too: Handlebars' strict mode
 * spares them, and `{{#if dissabled}}` would be silently false.
 * @param known names of the helpers and partials there are.
 * @throws FlockError `configurationInvalid` with file, line and the closest existing name.
 */
export function judgeTemplate(
  file: TemplateFile,
  program: object,
  known: { readonly helpers: ReadonlySet<string>; readonly partials: ReadonlySet<string> },
): void {
  const visit = (node: Node): void => {
    const fault = (what: string) => templateFault(file, lineOf(node), what);
    if (node.type === 'PathExpression') judgePath(node, fault);
    if (/^(Decorator|DecoratorBlock)$/.test(node.type)) throw fault('decorators ({{*…}}, {{#*…}}) are not supported');
    if (/^(Mustache|Block)Statement$|^SubExpression$/.test(node.type) && isCall(node)) {
      const name = nameOf(node.path);
      if (!known.helpers.has(name)) throw fault(`there is no helper "${name}"${suggestion(name, known.helpers)}`);
      visitAll([node.params, node.hash, node.program, node.inverse], visit);
      return;
    }
    if (/^Partial(Block)?Statement$/.test(node.type)) {
      const name = nameOf(node.name);
      if (!known.partials.has(name)) throw fault(`there is no partial "${name}"${suggestion(name, known.partials)}`);
      visitAll([node.params, node.hash, node.program], visit);
      return;
    }
    visitAll(Object.values(node), visit);
  };
  visitAll([program], visit);
}

function judgePath(node: Node, fault: (what: string) => Error): void {
  const parts = Array.isArray(node.parts) ? node.parts : [];
  const forbidden = parts.find((part) => typeof part !== 'string' || PROTOTYPE_NAMES.has(part));
  if (forbidden !== undefined) throw fault(`there is no value "${String(forbidden)}"`);
  Object.assign(node, { strict: true });
}

/** Whether a statement calls a helper: only helpers take arguments, and a subexpression is nothing else. */
function isCall(node: Node): boolean {
  const hasParams = Array.isArray(node.params) && node.params.length > 0;
  return hasParams || (node.hash !== undefined && node.hash !== null) || node.type === 'SubExpression';
}

function nameOf(path: unknown): string {
  return isNode(path) && typeof path.original === 'string' ? path.original : '(computed)';
}

function lineOf(node: Node): number | undefined {
  const loc = node.loc;
  if (typeof loc !== 'object' || loc === null || !('start' in loc)) return undefined;
  const { start } = loc;
  if (typeof start !== 'object' || start === null || !('line' in start)) return undefined;
  return typeof start.line === 'number' ? start.line : undefined;
}

function visitAll(values: readonly unknown[], visit: (node: Node) => void): void {
  for (const value of values) {
    if (Array.isArray(value)) visitAll(value, visit);
    else if (isNode(value)) visit(value);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
