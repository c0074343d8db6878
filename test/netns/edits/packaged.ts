import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../../templates');

/** Names of the packaged templates, `bird.conf.hbs` first. */
export const PACKAGED: readonly string[] = [
  'bird.conf.hbs',
  ...readdirSync(join(FOLDER, 'partials'))
    .sort()
    .map((name) => `partials/${name}`),
];

/** Text of a packaged template. */
export function packagedText(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}
