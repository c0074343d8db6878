import Handlebars from 'handlebars';
import type { BirdMode } from '../../config/types.ts';
import { type ViewValue, viewPlaces } from '../view/safe-view.ts';
import { HELPER_USES, type HelperUse, REMOVED_HELPERS } from './helpers.ts';
import { circleOf, isEndless, type PartialCall, partialCalls } from './partial-circle.ts';
import { judgeTemplate } from './template-ast.ts';
import { circleFault, handlebarsFault, templateFault } from './template-fault.ts';
import { registerHelpers } from './template-helpers.ts';
import { markLines } from './template-lines.ts';
import { MAIN_TEMPLATES, partialName, type TemplateFile, type TemplateSet } from './templates.ts';

const mainNames: ReadonlySet<string> = new Set(Object.values(MAIN_TEMPLATES));

/** Runs the main template of a mode on a view. @throws FlockError `configurationInvalid` with file and line. */
export type CompiledTemplates = (view: ViewValue, mode: BirdMode) => string;

/**
 * Prepares a set of templates to run. Nothing in a template reaches JavaScript: no prototype access, no helpers except
 * ours, an unknown name is an error. Values are written unescaped; `safe-view.ts` has ensured that they are harmless.
 * @param lines `marked`: the output has the marks that `readMarked` finds, by the position of a file in the set.
 * @throws FlockError `configurationInvalid` with file and line of the first fault.
 */
export function compileTemplates(set: TemplateSet, lines: 'plain' | 'marked' = 'plain'): CompiledTemplates {
  const handlebars = Handlebars.create();
  registerHelpers(handlebars);
  const files = [...set.files.values()];
  const partials = new Map<string, TemplateFile>();
  for (const file of files) {
    const name = partialName(file.name);
    if (name !== undefined) partials.set(name, file);
  }
  const known = { helpers: HELPER_USES, partials: new Set(partials.keys()) };
  // What is being rendered, for suggestions; partials are functions that get it this way.
  let rendered: ViewValue = {};
  const callsOf = new Map<TemplateFile, readonly PartialCall[]>();
  // Templates that have started and not ended, each inside the previous one; and the same at the time of an error.
  const running: TemplateFile[] = [];
  let deepest: readonly TemplateFile[] = [];
  const faultOf = (outer: TemplateFile, error: unknown): unknown => {
    if (!(error instanceof RangeError)) return handlebarsFault(outer, error, viewPlaces(rendered));
    if (deepest.length === 0) deepest = [...running];
    // There may be no stack left here for any analysis.
    if (running.length > 1) return error;
    const file = deepest.at(-1) ?? outer;
    const circle = circleOf(deepest, callsOf, partials);
    deepest = [];
    // The operator's own file is the one to correct.
    const own = Math.max(
      0,
      circle.findIndex((call) => set.packaged.get(call.file.name) !== call.file),
    );
    const [first, ...others] = [...circle.slice(own), ...circle.slice(0, own)];
    return first === undefined
      ? handlebarsFault(file, error, viewPlaces(rendered))
      : circleFault([first, ...others], error);
  };
  const compile = (file: TemplateFile): Handlebars.TemplateDelegate => {
    const program = parse(handlebars, file, known);
    callsOf.set(file, partialCalls(file, program));
    if (lines === 'marked') markLines(program, files.indexOf(file));
    const run = handlebars.compile(program, {
      strict: true,
      noEscape: true,
      knownHelpersOnly: true,
      knownHelpers: { ...eachTo(REMOVED_HELPERS, false), ...eachTo(HELPER_USES.keys(), true) },
    });
    return (context, options) => {
      running.push(file);
      try {
        if (isEndless(running)) throw new RangeError('a template includes itself without end');
        return run(context, { ...options, allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false });
      } catch (error) {
        throw faultOf(file, error);
      } finally {
        running.pop();
      }
    };
  };
  for (const [name, file] of partials) handlebars.registerPartial(name, compile(file));
  const mains = new Map<string, Handlebars.TemplateDelegate>();
  for (const file of files) if (mainNames.has(file.name)) mains.set(file.name, compile(file));
  return (view, mode) => {
    const render = mains.get(MAIN_TEMPLATES[mode]);
    if (render === undefined) throw new Error(`there is no ${MAIN_TEMPLATES[mode]} among the templates`);
    rendered = view;
    return render(view);
  };
}

function parse(
  handlebars: typeof Handlebars,
  file: TemplateFile,
  known: { readonly helpers: ReadonlyMap<string, HelperUse>; readonly partials: ReadonlySet<string> },
): object {
  const control = forbiddenCharacter(file.text);
  if (control !== undefined) throw templateFault(file, control.line, `contains the control character ${control.code}`);
  let program: object;
  try {
    program = handlebars.parse(file.text);
  } catch (error) {
    throw handlebarsFault(file, error, new Map());
  }
  judgeTemplate(file, program, known);
  return program;
}

/** BIRD's lexer accepts no control characters except tab and line feed. */
function forbiddenCharacter(text: string): { readonly line: number; readonly code: string } | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  const found = /[\u0000-\u0008\u000b-\u001f\u007f]/.exec(text);
  if (found === null) return undefined;
  const line = text.slice(0, found.index).split('\n').length;
  return { line, code: `U+${found[0].charCodeAt(0).toString(16).padStart(4, '0')}` };
}

function eachTo(names: Iterable<string>, value: boolean): Record<string, boolean> {
  return Object.fromEntries([...names].map((name) => [name, value]));
}
