import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  parseStamp,
  stampLine,
  templateHash,
  templateWarnings,
} from '../../../../src/bird/templates/template-stamp.ts';
import { loadTemplates, PACKAGED_TEMPLATES } from '../../../../src/bird/templates/templates.ts';
import { sourceFiles } from '../../../rules/sources.ts';
import { stamped, TemplateFolder } from './template-fixture.ts';

/** `UPDATE_TEMPLATES=1 vitest run --project unit test/unit/bird/templates/template-stamp.test.ts` writes the stamps anew. */
const UPDATE = process.env.UPDATE_TEMPLATES === '1';

const packaged = sourceFiles('templates', ['.hbs']).map(({ path, text }) => ({ name: path, text }));

/** The packaged peer.hbs, as another version of flockd had it, and as it is. */
const OLD = stamped({ name: 'partials/peer.hbs', text: 'old\n' });
const NEW = stamped({ name: 'partials/peer.hbs', text: 'new\n' });

/** The warnings of an overlay over a packaged set that has the new peer.hbs. */
function warningsOf(overlay: Readonly<Record<string, string>>): string[] {
  using theirs = new TemplateFolder(overlay);
  using ours = new TemplateFolder({ 'bird.conf.hbs': '', 'partials/peer.hbs': NEW });
  return templateWarnings(loadTemplates(theirs.path, ours.path)).map(({ code, message }) =>
    `${code} ${message}`.replaceAll(theirs.path, 'THEIRS').replaceAll(ours.path, 'OURS'),
  );
}

describe('a packaged template', () => {
  it.each(packaged)('$name has its stamp on the first line (UPDATE_TEMPLATES=1 brings it up to date)', (file) => {
    if (UPDATE) writeFileSync(join(PACKAGED_TEMPLATES, file.name), stamped(file));
    expect(file.text.split('\n')[0]).toBe(stampLine(file));
    expect(stamped(file)).toBe(file.text);
  });

  it('has a stamp that changes with every other byte of it, and with the stamp itself does not', () => {
    expect(templateHash('a\n')).not.toBe(templateHash('b\n'));
    expect(templateHash(stamped({ name: 'x', text: 'a\n' }))).toBe(templateHash('a\n'));
    expect(parseStamp(NEW)).toEqual({ name: 'partials/peer.hbs', hash: templateHash('new\n') });
  });
});

describe("an operator's template", () => {
  it('that was copied from the packaged template of today gives no warning, whatever was changed in it', () => {
    expect(warningsOf({ 'partials/peer.hbs': NEW })).toEqual([]);
    expect(warningsOf({ 'partials/peer.hbs': `${NEW}more\n` })).toEqual([]);
    expect(warningsOf({ 'partials/peer.hbs': NEW.replaceAll('\n', '\r\n') })).toEqual([]);
  });

  it('that was copied from another version is named, with both files, how to compare them, and the line to put in', () => {
    expect(warningsOf({ 'partials/peer.hbs': `${OLD}more\n` })).toEqual([
      `templateOutdated template THEIRS/partials/peer.hbs was made from another version of OURS/partials/peer.hbs; compare them (diff OURS/partials/peer.hbs THEIRS/partials/peer.hbs), apply what you need, and give it the line ${stampLine({ name: 'partials/peer.hbs', text: NEW })}`,
    ]);
  });

  it('is judged by what it was copied from, not by its own name', () => {
    expect(warningsOf({ 'partials/special.hbs': OLD })).toHaveLength(1);
    expect(warningsOf({ 'partials/special.hbs': NEW })).toEqual([]);
  });

  it('that was copied from one which is packaged no more is named', () => {
    const gone = stamped({ name: 'partials/gone.hbs', text: 'x' });
    expect(warningsOf({ 'partials/peer.hbs': gone })).toEqual([
      expect.stringMatching(/^templateOutdated .*THEIRS\/partials\/peer\.hbs was made from partials\/gone\.hbs, which/),
    ]);
  });

  it.each(['no stamp\n', '{{!-- flockd template: partials/peer.hbs --}}\n', ''])(
    'without a stamp gives no warning: %j',
    (text) => {
      expect(warningsOf({ 'partials/peer.hbs': text })).toEqual([]);
    },
  );

  it('that nothing uses is named', () => {
    expect(warningsOf({ 'partial/peer.hbs': '', 'bird.cnf.hbs': '' })).toEqual([
      expect.stringMatching(/^templateUnused template THEIRS\/bird\.cnf\.hbs is not used/),
      expect.stringMatching(/^templateUnused template THEIRS\/partial\/peer\.hbs is not used/),
    ]);
  });
});
