import type { HelperUse } from './helpers.ts';
import { suggestion, templateFault } from './template-fault.ts';
import { LINED_HELPERS } from './template-helpers.ts';
import { isNode, isPartialCall, lineOf, nameOf, type TemplateNode, visitAll } from './template-node.ts';
import type { TemplateFile } from './templates.ts';

/** Names that exist on every object and list of JavaScript; no template has any use for them. */
const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(
  [Object.prototype, Array.prototype]
    .flatMap((prototype) => Object.getOwnPropertyNames(prototype))
    .filter((name) => name !== 'length'),
);

/**
 * Checks a parsed template before it runs, so that a misspelling is found at once even in a branch that is not taken:
 * unknown helpers and partials, names of JavaScript itself. And prepares it:
 * - the lookups in arguments become strict too: Handlebars' strict mode does not cover them, and `{{#if dissabled}}`
 *   would be silently false;
 * - a call of one of `LINED_HELPERS` gets one more argument, its line.
 * @param known the helpers, and the names of the partials.
 * @throws FlockError `configurationInvalid` with file, line and the closest existing name.
 */
export function judgeTemplate(
  file: TemplateFile,
  program: object,
  known: { readonly helpers: ReadonlyMap<string, HelperUse>; readonly partials: ReadonlySet<string> },
): void {
  const visit = (node: TemplateNode): void => {
    const fault = (what: string) => templateFault(file, lineOf(node), what);
    if (node.type === 'PathExpression') judgePath(node, fault);
    if (node.type === 'Program' && Array.isArray(node.blockParams) && node.blockParams.length > 0) {
      // Handlebars looks these up without strict mode.
      throw fault('block parameters (as |…|) are not supported; write {{name}} and {{../name}}');
    }
    if (/^(Decorator|DecoratorBlock)$/.test(node.type)) throw fault('decorators ({{*…}}, {{#*…}}) are not supported');
    if (/^(Mustache|Block)Statement$|^SubExpression$/.test(node.type) && isCall(node, known.helpers)) {
      judgeCall(node, known.helpers, fault);
      visitAll([node.params, node.program, node.inverse], visit);
      if (LINED_HELPERS.has(nameOf(node.path))) addLine(node);
      return;
    }
    if (node.type === 'BlockStatement') {
      // Handlebars treats an empty text as true here, unlike `if`.
      const name = nameOf(node.path);
      throw fault(`"${name}" is not a helper; write {{#if ${name}}}, {{#unless ${name}}} or {{#each ${name}}}`);
    }
    if (isPartialCall(node)) {
      const name = nameOf(node.name);
      if (!known.partials.has(name)) throw fault(`there is no partial "${name}"${suggestion(name, known.partials)}`);
      visitAll([node.params, node.hash, node.program], visit);
      return;
    }
    visitAll(Object.values(node), visit);
  };
  visitAll([program], visit);
}

function judgePath(node: TemplateNode, fault: (what: string) => Error): void {
  const parts = Array.isArray(node.parts) ? node.parts : [];
  const forbidden = parts.find((part) => typeof part !== 'string' || PROTOTYPE_NAMES.has(part));
  if (forbidden !== undefined) throw fault(`there is no value "${String(forbidden)}"`);
  Object.assign(node, { strict: true });
}

function judgeCall(node: TemplateNode, helpers: ReadonlyMap<string, HelperUse>, fault: (what: string) => Error): void {
  const name = nameOf(node.path);
  const use = helpers.get(name);
  if (use === undefined) throw fault(`there is no helper "${name}"${suggestion(name, helpers.keys())}`);
  const { values, block, example } = use;
  const given = paramsOf(node).length;
  const wrong =
    (isNode(node.hash) && 'takes no named values (name=…)') ||
    (given !== values && `takes ${values === 1 ? 'one value' : `${values} values`}, not ${given}`) ||
    (block && node.type !== 'BlockStatement' && 'needs a block') ||
    (!block && node.type === 'BlockStatement' && 'takes no block');
  if (wrong !== false) throw fault(`"${name}" ${wrong}; write ${example}`);
}

/** Whether a statement calls a helper: it has a helper's name, or arguments, or is a subexpression. */
function isCall(node: TemplateNode, helpers: ReadonlyMap<string, unknown>): boolean {
  return (
    paramsOf(node).length > 0 || isNode(node.hash) || node.type === 'SubExpression' || helpers.has(nameOf(node.path))
  );
}

function addLine(node: TemplateNode): void {
  const line = lineOf(node) ?? 0;
  const literal = { type: 'NumberLiteral', value: line, original: line, loc: node.loc };
  Object.assign(node, { params: [...paramsOf(node), literal] });
}

function paramsOf(node: TemplateNode): readonly unknown[] {
  return Array.isArray(node.params) ? node.params : [];
}
