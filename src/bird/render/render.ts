import type { FlockError } from '../../errors.ts';
import { FILE_HEADER, INCLUDE_LINE } from '../names.ts';
import { type CompiledTemplates, compileTemplates } from '../templates/compile.ts';
import { templateFault } from '../templates/template-fault.ts';
import { type Locate, readMarked, type TemplatePlace } from '../templates/template-lines.ts';
import { loadTemplates, MAIN_TEMPLATES, type TemplateSet } from '../templates/templates.ts';
import type { RenderInput } from '../types.ts';
import { type BirdView, buildView } from '../view/view.ts';

/** Renders the text of `bird.conf`, or of `flock.conf` with `bird.mode: include`. */
export interface ConfigRenderer {
  /** @throws FlockError `configurationInvalid` naming the faulty key, or template and line. */
  render(input: RenderInput): string;
  /**
   * Maps a line of the text rendered last to its template line. Obtained before the next `render`, the function remains
   * valid for its text.
   */
  readonly locate: Locate;
  /** Paths in the operator's folder that look like templates but that nothing uses, for a warning. */
  readonly unused: readonly string[];
  /** Names of the templates that the operator has replaced or added. */
  readonly overlaid: readonly string[];
}

/** Between our header and the output of the templates. */
const HEADER = `${FILE_HEADER}\n\n`;
const HEADER_LINES = HEADER.split('\n').length - 1;

/**
 * Reads the templates once; create a new renderer when a file has changed.
 * @param overlay the operator's folder, `bird.templates`; it need not exist.
 * @throws FlockError `configurationInvalid` with file and line when a template cannot be read.
 */
export function createConfigRenderer(overlay: string | undefined, packaged?: string): ConfigRenderer {
  return rendererOf(loadTemplates(overlay, packaged));
}

/**
 * Creates a renderer from templates that have been read.
 * @throws FlockError `configurationInvalid` with file and line of what templates must not contain.
 */
export function rendererOf(set: TemplateSet): ConfigRenderer {
  const run = compileTemplates(set);
  let locate: Locate = () => undefined;
  return {
    render(input) {
      const view = buildView(input);
      const text = renderConfig(view, run, set);
      locate = locator(text, set, view);
      return text;
    },
    get locate() {
      return locate;
    },
    unused: set.unused,
    overlaid: set.overlaid,
  };
}

/**
 * The text of the file for the mode: same input, same bytes. Our header comes from here and not from a template, so no
 * replaced template can lose it.
 * @throws FlockError `configurationInvalid`.
 */
function renderConfig(view: BirdView, run: CompiledTemplates, set: TemplateSet): string {
  const body = run(view, view.mode)
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  if (!body.split('\n').some((line) => line.trim() === INCLUDE_LINE)) {
    throw noInclude(set, MAIN_TEMPLATES[view.mode]);
  }
  return `${HEADER}${body}\n`;
}

/** The main template is at fault: no partial can remove one of its lines. */
function noInclude({ files, packaged }: TemplateSet, name: string): FlockError {
  const [file, origin] = [files.get(name), packaged.get(name)];
  if (file === undefined || origin === undefined) throw new Error(`there is no ${name} among the templates`);
  const line = origin.text.split('\n').findIndex((one) => one.startsWith('include "')) + 1;
  const remedy = line === 0 ? `what ${origin.path} has` : `line ${line} of ${origin.path}`;
  const what = `does not produce the line ${INCLUDE_LINE}, so nothing would be announced; restore ${remedy}`;
  return templateFault(file, undefined, what);
}

/**
 * Renders a second time, with marks, when first called. The text in force never contained marks, so they cannot affect
 * it.
 */
function locator(text: string, set: TemplateSet, view: BirdView): Locate {
  let places: readonly (TemplatePlace | undefined)[] | undefined;
  return (line) => {
    places ??= placesOf(text, set, view);
    return places[line - 1];
  };
}

/** The template line of each line of a text; none if the marked rendering does not give the same lines. */
function placesOf(text: string, set: TemplateSet, view: BirdView): readonly (TemplatePlace | undefined)[] {
  const marked = readMarked(compileTemplates(set, 'marked')(view, view.mode), set);
  const all = marked.text.split('\n').map((line, index) => ({ line, place: marked.places[index] }));
  // As in renderConfig: of consecutive empty lines one is kept, and none at either end.
  const first = all.findIndex(({ line }) => line.trim() !== '');
  const end = all.findLastIndex(({ line }) => line.trim() !== '') + 1;
  const kept = all.slice(first, end).filter(({ line }, index, rest) => line !== '' || rest[index - 1]?.line !== '');
  const same =
    kept
      .map(({ line }) => line)
      .join('\n')
      .trim() === text.slice(HEADER.length).trim();
  return same ? [...Array(HEADER_LINES).fill(undefined), ...kept.map(({ place }) => place)] : [];
}
