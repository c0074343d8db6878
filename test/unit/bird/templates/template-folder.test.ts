// @module-tag real
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readTemplateFolder } from '../../../../src/bird/templates/template-folder.ts';
import { thrownBy } from '../fixtures.ts';
import { TemplateFolder } from './template-fixture.ts';

const names = (folder: TemplateFolder): string[] => readTemplateFolder(folder.path).map(({ name }) => name);

describe('a folder of templates', () => {
  it('is read with the folders in it, and no deeper', () => {
    using folder = new TemplateFolder({ 'b.hbs': '', 'partials/a.hbs': '', 'partials/deep/c.hbs': '', 'd.txt': '' });
    expect(names(folder)).toEqual(['b.hbs', 'partials/a.hbs']);
  });

  it('is read past what editors leave there', () => {
    using folder = new TemplateFolder({ 'peer.hbs': '' });
    for (const name of ['.peer.hbs.swp', '.peer.hbs', 'peer.hbs~', '#peer.hbs#', '4913', 'peer.hbs.bak', '.git/a.hbs'])
      folder.write(name, '{{');
    symlinkSync('somebody@somewhere:1', folder.at('.#peer.hbs'));
    expect(names(folder)).toEqual(['peer.hbs']);
  });

  it('may be a mounted ConfigMap, where everything is a link', () => {
    using folder = new TemplateFolder({ '..2026/partials/peer.hbs': 'one', '..2027/partials/peer.hbs': 'two' });
    symlinkSync('..2026', folder.at('..data'));
    symlinkSync('..data/partials', folder.at('partials'));
    expect(readTemplateFolder(folder.path)).toMatchObject([{ name: 'partials/peer.hbs', text: 'one' }]);
    symlinkSync('..2027', folder.at('..new'));
    renameSync(folder.at('..new'), folder.at('..data'));
    expect(readTemplateFolder(folder.path)).toMatchObject([{ name: 'partials/peer.hbs', text: 'two' }]);
  });

  it('is read past links that lead nowhere or round in circles and are not called like a template', () => {
    using folder = new TemplateFolder({ 'a.hbs': '' });
    symlinkSync('nothing', folder.at('gone'));
    symlinkSync('circle', folder.at('circle'));
    expect(names(folder)).toEqual(['a.hbs']);
  });

  it.each([
    [
      'a pipe, without waiting for it',
      (folder: TemplateFolder) => execFileSync('mkfifo', [folder.at('a.hbs')]),
      /^template .*\/a\.hbs cannot be read: it is not a regular file$/,
    ],
    [
      'a file that is no text',
      (folder: TemplateFolder) => symlinkSync('/bin/true', folder.at('a.hbs')),
      /^template .*\/a\.hbs cannot be read: it is not UTF-8/,
    ],
    [
      'a file that is too large',
      (folder: TemplateFolder) => folder.write('a.hbs', 'x'.repeat(300_000)),
      /^template .*\/a\.hbs cannot be read: it is larger than 262144 bytes/,
    ],
    [
      'a folder with the name of one',
      (folder: TemplateFolder) => mkdirSync(folder.at('a.hbs')),
      /^template .*\/a\.hbs cannot be read: it is not a regular file/,
    ],
    [
      'a link that leads nowhere',
      (folder: TemplateFolder) => symlinkSync('nothing', folder.at('a.hbs')),
      /^template .*\/a\.hbs cannot be read: it is a link to a file that does not exist; correct or remove it$/,
    ],
    [
      'partials that are a file',
      (folder: TemplateFolder) => folder.write('partials', ''),
      /^templates in .*\/partials cannot be read: it is not a folder; make it one, or remove it$/,
    ],
    [
      'partials that lead round in circles',
      (folder: TemplateFolder) => symlinkSync('partials', folder.at('partials')),
      /^templates in .*\/partials cannot be read: it is not a folder/,
    ],
    [
      'a link that leads to itself',
      (folder: TemplateFolder) => symlinkSync('a.hbs', folder.at('a.hbs')),
      /^template .*\/a\.hbs cannot be read: ELOOP/,
    ],
  ])('refuses %s', (_what, make, message) => {
    using folder = new TemplateFolder();
    make(folder);
    const error = thrownBy(() => readTemplateFolder(folder.path));
    expect(error).toMatchObject({ code: 'configurationInvalid' });
    expect(error.message).toMatch(message);
  });

  it('refuses one with more names than any set of templates has', () => {
    using folder = new TemplateFolder();
    for (let at = 0; at <= 1_000; at += 1) folder.write(`${at}`, '');
    expect(() => readTemplateFolder(folder.path)).toThrow(/it has more than 1000 entries/);
  });
});
