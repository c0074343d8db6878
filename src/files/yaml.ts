import { Composer, type Document, isMap, isNode, isScalar, isSeq, LineCounter, type ParsedNode, visit } from 'yaml';
import { errorText } from '../errors.ts';
import { quoteText } from '../model/printable.ts';
import { positionOf, tokenizeYaml, type YamlFault } from './yaml-text.ts';

export type { YamlFault } from './yaml-text.ts';

/** One document of a YAML text. */
type YamlDocument =
  | {
      readonly ok: true;
      /** Plain values: null, booleans, numbers, texts, arrays, objects. No object contains itself. */
      readonly value: unknown;
      /** Line of the key or item at the path, else of the nearest one above it. */
      lineOf(path: readonly PropertyKey[]): number;
    }
  | { readonly ok: false; readonly fault: YamlFault };

/** Copies that aliases may make of anchored nodes, as the `yaml` package counts them (its own default). */
const MAX_COPIES = 100;

/**
 * Reads every document of a YAML 1.2 text; JSON is such a text. Safe on hostile input: nesting, size and aliases are
 * bounded, duplicate keys, unknown tags and self-containing values are faults. Documents with nothing in them are left
 * out. A fault in one document leaves the others readable; a text beyond the bounds gives one fault alone.
 */
export function readYaml(text: string): YamlDocument[] {
  const lines = new LineCounter();
  try {
    return readDocuments(text, lines);
  } catch (error) {
    // The package reports faults as values; what it throws nevertheless must not end the daemon.
    return [{ ok: false, fault: { line: 1, column: 1, message: `it cannot be read: ${errorText(error)}` } }];
  }
}

function readDocuments(text: string, lines: LineCounter): YamlDocument[] {
  const tokens = tokenizeYaml(text, lines);
  if (!Array.isArray(tokens)) return [{ ok: false, fault: tokens }];
  // uniqueKeys compares every key with every other; `structureFault` finds the same in linear time.
  const composer = new Composer({ uniqueKeys: false, merge: true, logLevel: 'silent', lineCounter: lines });
  const documents: YamlDocument[] = [];
  for (const document of composer.compose(tokens, false, text.length)) {
    const read = readDocument(document, lines);
    if (!read.ok || read.value !== null) documents.push(read);
  }
  return documents;
}

function readDocument(document: Document.Parsed, lines: LineCounter): YamlDocument {
  const [problem] = [...document.errors, ...document.warnings];
  const fault =
    problem === undefined
      ? structureFault(document, lines)
      : { ...positionOf(lines, problem.pos[0]), message: problem.message };
  if (fault !== undefined) return { ok: false, fault };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_COPIES });
    return { ok: true, value, lineOf: (path) => positionOf(lines, offsetOf(document.contents, path)).line };
  } catch (error) {
    // More copies than MAX_COPIES.
    return { ok: false, fault: { ...positionOf(lines, document.range[0]), message: errorText(error) } };
  }
}

/** Duplicate keys, keys that are not texts, aliases inside their own anchor, and aliases without an anchor. */
function structureFault(document: Document.Parsed, lines: LineCounter): YamlFault | undefined {
  let fault: YamlFault | undefined;
  const stop = (offset: number | undefined, message: string): symbol => {
    fault = { ...positionOf(lines, offset ?? document.range[0]), message };
    return visit.BREAK;
  };
  visit(document, {
    Map(_key, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) return stop(map.range?.[0], 'a key is not a plain text');
        // The value of the merge key is a symbol.
        const name = typeof key.value === 'symbol' ? '<<' : String(key.value);
        if (seen.has(name)) return stop(key.range?.[0], `key ${quoteText(name)} occurs twice`);
        seen.add(name);
      }
      return undefined;
    },
    Alias(_key, alias, path) {
      const inside = path.some(
        (ancestor) => isNode(ancestor) && 'anchor' in ancestor && ancestor.anchor === alias.source,
      );
      if (inside) return stop(alias.range?.[0], `alias *${alias.source} contains itself`);
      if (alias.resolve(document) !== undefined) return undefined;
      return stop(alias.range?.[0], `alias *${alias.source} refers to nothing: there is no &${alias.source} before it`);
    },
  });
  return fault;
}

/** Offset in the text of the key or item at a path. */
function offsetOf(contents: ParsedNode | null, path: readonly PropertyKey[]): number {
  let node: unknown = contents;
  let offset = contents?.range[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(part)];
      if (item === undefined) break;
      node = item;
      if (isMap(node) || isSeq(node) || isScalar(node)) offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
