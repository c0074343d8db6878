import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { stampLine, withoutStamp } from '../../../../src/bird/templates/template-stamp.ts';
import type { TemplateFile } from '../../../../src/bird/templates/templates.ts';
import { TempFolder } from '../../../fakes/temp-folder.ts';

/** A folder of templates that goes with the test. */
export class TemplateFolder extends TempFolder {
  constructor(files: Readonly<Record<string, string>> = {}) {
    super();
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  override write(name: string, text: string): string {
    mkdirSync(dirname(this.at(name)), { recursive: true });
    return super.write(name, text);
  }
}

/** A text with the stamp that belongs to it, on its first line. */
export function stamped(file: Pick<TemplateFile, 'name' | 'text'>): string {
  return `${stampLine(file)}\n${withoutStamp(file.text)}`;
}
