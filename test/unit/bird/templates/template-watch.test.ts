// @module-tag real
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { watchTemplates } from '../../../../src/bird/templates/template-watch.ts';
import type { TemplateReading } from '../../../../src/bird/templates/templates.ts';
import { eventually } from '../../../lab/eventually.ts';
import { TemplateFolder } from './template-fixture.ts';

/** Less than the 10 seconds after which everything is looked at without an event. */
const SOON_MS = 5_000;

/** The texts of the templates that were told of, by name. */
const textsOf = (reading: TemplateReading): Record<string, string> =>
  'error' in reading
    ? { error: reading.error.message }
    : Object.fromEntries([...reading.set.files].map(([name, { text }]) => [name, text]));

const PACKAGED = { 'bird.conf.hbs': 'main', 'partials/peer.hbs': 'ours' };

/** A watch on an operator's folder of that name, which need not exist, in a folder of the test. */
async function watching(folder: TemplateFolder, name = 'templates') {
  for (const [file, text] of Object.entries(PACKAGED)) folder.write(`packaged/${file}`, text);
  const told: Record<string, string>[] = [];
  const faults: (string | undefined)[] = [];
  const watch = watchTemplates({
    overlay: folder.at(name),
    packaged: folder.at('packaged'),
    onReading: (reading) => told.push(textsOf(reading)),
    onWatchFault: (fault) => faults.push(fault),
  });
  await eventually(() => told.length > 0, 'the first reading is told', SOON_MS);
  return {
    told,
    faults,
    /** Waits until the file has this text; undefined: is not there. */
    async has(file: string, text: string | undefined): Promise<void> {
      await eventually(() => told.at(-1)?.[file] === text, `${file} is ${text}`, SOON_MS);
    },
    [Symbol.dispose]: () => watch.close(),
  };
}

describe.concurrent('watching templates', () => {
  it('tells of the first reading, and of a file that is written in place, replaced, moved and removed', async () => {
    using folder = new TemplateFolder({ 'templates/partials/peer.hbs': 'theirs' });
    using watch = await watching(folder);
    expect(watch.told).toEqual([{ ...PACKAGED, 'partials/peer.hbs': 'theirs' }]);
    folder.write('templates/partials/peer.hbs', 'written');
    await watch.has('partials/peer.hbs', 'written');
    folder.write('templates/partials/.new', 'replaced');
    renameSync(folder.at('templates/partials/.new'), folder.at('templates/partials/peer.hbs'));
    await watch.has('partials/peer.hbs', 'replaced');
    renameSync(folder.at('templates/partials/peer.hbs'), folder.at('templates/partials/mine.hbs'));
    await watch.has('partials/mine.hbs', 'replaced');
    expect(watch.told.at(-1)?.['partials/peer.hbs']).toBe('ours');
    folder.remove('templates/partials/mine.hbs');
    await watch.has('partials/mine.hbs', undefined);
    folder.write('templates/bird.conf.hbs', 'theirs');
    await watch.has('bird.conf.hbs', 'theirs');
    expect(watch.faults).toEqual([]);
  });

  it('takes the second of two writes 15 ms apart', async () => {
    using folder = new TemplateFolder({ 'templates/partials/peer.hbs': 'theirs' });
    using watch = await watching(folder);
    for (const round of [1, 2, 3]) {
      folder.write('templates/partials/peer.hbs', `first ${round}`);
      await delay(15);
      folder.write('templates/partials/peer.hbs', `second ${round}`);
      await watch.has('partials/peer.hbs', `second ${round}`);
    }
  });

  it('never tells of half a file, nor of the moment in which an editor has taken it away', async () => {
    using folder = new TemplateFolder({ 'templates/partials/peer.hbs': 'theirs' });
    using watch = await watching(folder);
    folder.write('templates/partials/peer.hbs', 'the');
    await delay(30);
    folder.write('templates/partials/peer.hbs', 'theirs too');
    await watch.has('partials/peer.hbs', 'theirs too');
    renameSync(folder.at('templates/partials/peer.hbs'), folder.at('templates/partials/peer.hbs~'));
    await delay(30);
    folder.write('templates/partials/peer.hbs', 'theirs again');
    await watch.has('partials/peer.hbs', 'theirs again');
    expect(watch.told.map((texts) => texts['partials/peer.hbs'])).toEqual(['theirs', 'theirs too', 'theirs again']);
  });

  it('tells of nothing for what editors keep beside a file, or for the same text once more', async () => {
    using folder = new TemplateFolder({ 'templates/partials/peer.hbs': 'theirs' });
    using watch = await watching(folder);
    for (const name of ['.peer.hbs.swp', '4913', 'peer.hbs~', '#peer.hbs#'])
      folder.write(`templates/partials/${name}`, '{{');
    folder.write('templates/partials/peer.hbs', 'theirs');
    await delay(400);
    folder.write('templates/partials/peer.hbs', 'end');
    await watch.has('partials/peer.hbs', 'end');
    expect(watch.told).toHaveLength(2);
  });

  it('sees a folder that comes later with its files, goes, and comes again', async () => {
    using folder = new TemplateFolder();
    using watch = await watching(folder, 'etc/flock/templates');
    for (const round of [1, 2]) {
      folder.write('etc/flock/templates/partials/peer.hbs', `round ${round}`);
      await watch.has('partials/peer.hbs', `round ${round}`);
      rmSync(folder.at(round === 1 ? 'etc/flock/templates/partials' : 'etc'), { recursive: true });
      await watch.has('partials/peer.hbs', 'ours');
    }
    mkdirSync(folder.at('made/partials'), { recursive: true });
    folder.write('made/partials/peer.hbs', 'moved in');
    mkdirSync(folder.at('etc/flock'), { recursive: true });
    renameSync(folder.at('made'), folder.at('etc/flock/templates'));
    await watch.has('partials/peer.hbs', 'moved in');
    folder.write('etc/flock/templates/partials/peer.hbs', 'and written');
    await watch.has('partials/peer.hbs', 'and written');
  });

  it('sees the packaged templates change, as an update of flockd does', async () => {
    using folder = new TemplateFolder();
    using watch = await watching(folder);
    folder.write('packaged/partials/peer.hbs', 'updated');
    await watch.has('partials/peer.hbs', 'updated');
  });

  it('sees a mounted ConfigMap being updated', async () => {
    using folder = new TemplateFolder({
      'templates/..1/partials/peer.hbs': 'one',
      'templates/..2/partials/peer.hbs': 'two',
    });
    symlinkSync('..1', folder.at('templates/..data'));
    symlinkSync('..data/partials', folder.at('templates/partials'));
    using watch = await watching(folder);
    await watch.has('partials/peer.hbs', 'one');
    symlinkSync('..2', folder.at('templates/..new'));
    renameSync(folder.at('templates/..new'), folder.at('templates/..data'));
    await watch.has('partials/peer.hbs', 'two');
  });

  it('sees what is behind a folder that is a link, when that is redirected', async () => {
    using folder = new TemplateFolder({
      'one/partials/peer.hbs': 'one',
      'two/partials/peer.hbs': 'two',
    });
    symlinkSync('one', folder.at('templates'));
    using watch = await watching(folder);
    await watch.has('partials/peer.hbs', 'one');
    symlinkSync('two', folder.at('new'));
    renameSync(folder.at('new'), folder.at('templates'));
    await watch.has('partials/peer.hbs', 'two');
    folder.write('two/partials/peer.hbs', 'and written');
    await watch.has('partials/peer.hbs', 'and written');
    expect(watch.told).toHaveLength(3);
  });

  it('tells of what cannot be read, and when it can be again', async () => {
    using folder = new TemplateFolder({ 'templates/partials/peer.hbs': 'theirs' });
    using watch = await watching(folder);
    folder.write('templates/partials/peer.hbs', 'x'.repeat(300_000));
    await watch.has(
      'error',
      `template ${folder.at('templates/partials/peer.hbs')} cannot be read: it is larger than 262144 bytes`,
    );
    folder.write('templates/partials/peer.hbs', 'mended');
    await watch.has('partials/peer.hbs', 'mended');
  });

  it('tells of nothing after its end', async () => {
    using folder = new TemplateFolder({ 'templates/partials/peer.hbs': 'theirs' });
    const watch = await watching(folder);
    folder.write('templates/partials/peer.hbs', 'late');
    watch[Symbol.dispose]();
    const { length } = watch.told;
    folder.write('templates/partials/peer.hbs', 'later');
    await delay(400);
    expect(watch.told).toHaveLength(length);
  });
});
