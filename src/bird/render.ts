import { FlockError } from '../errors.ts';
import { type CompiledTemplates, compileTemplates } from './compile.ts';
import { FILE_HEADER, INCLUDE_LINE } from './names.ts';
import { loadTemplates } from './templates.ts';
import type { RenderInput } from './types.ts';
import { buildView } from './view.ts';

/** Makes the text of `bird.conf`. */
export interface ConfigRenderer {
  /** @throws FlockError `configurationInvalid` naming the key, or template and line, at fault. */
  render(input: RenderInput): string;
  /** Paths in the operator's folder that look like templates but that nothing uses, for a warning. */
  readonly unused: readonly string[];
  /** Names of the templates that the operator has replaced or added. */
  readonly overlaid: readonly string[];
}

/**
 * Reads the templates once; make a new renderer when a file has changed.
 * @param overlay the operator's folder, `bird.templates`; it need not exist.
 * @throws FlockError `configurationInvalid` with file and line when a template cannot be read.
 */
export function createConfigRenderer(overlay: string | undefined, packaged?: string): ConfigRenderer {
  const set = loadTemplates(overlay, packaged);
  const run = compileTemplates(set);
  return { render: (input) => renderConfig(input, run), unused: set.unused, overlaid: set.overlaid };
}

/**
 * The text of `bird.conf`: same input, same bytes. Our header comes from here and not from a template, so that no
 * replaced template can lose it.
 * @throws FlockError `configurationInvalid`.
 */
export function renderConfig(input: RenderInput, run: CompiledTemplates): string {
  const body = run(buildView(input))
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  if (!body.split('\n').some((line) => line.trim() === INCLUDE_LINE)) {
    const message = `the templates give no line ${INCLUDE_LINE}, so that nothing would be announced; put back what bird.conf.hbs has`;
    throw new FlockError('configurationInvalid', message);
  }
  return `${FILE_HEADER}\n\n${body}\n`;
}
