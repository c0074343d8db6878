import { describe, expect, it } from 'vitest';
import type { TemplateReading } from '../../../../src/bird/templates/templates.ts';
import { createTemplateFollower } from '../../../../src/daemon/follow-templates.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { Problems } from '../../../../src/engine/problem-store.ts';
import { silentLogger } from '../../../fakes/silent-logger.ts';
import { eventually } from '../../../lab/eventually.ts';
import { stamped, TemplateFolder } from './template-fixture.ts';

const SOON_MS = 5_000;
const peer = (text: string): string => stamped({ name: 'partials/peer.hbs', text });

/** A follower of the folder `a`, and what it gives to the engine. */
async function following(folder: TemplateFolder) {
  folder.write('packaged/partials/peer.hbs', peer('packaged\n'));
  const given: { folder: string; reading: TemplateReading }[] = [];
  const problems = new Problems();
  problems.of('socket').set('socketUnavailable', 'of another owner');
  const state = { problems } as unknown as Engine['state'];
  const useTemplates = (from: string, reading: TemplateReading) => given.push({ folder: from, reading });
  const follower = createTemplateFollower({ state, useTemplates }, silentLogger, folder.at('packaged'));
  const follow = (name: string) => follower.follow({ bird: { templates: folder.at(name) } });
  await follow('a');
  return {
    given,
    problems,
    follow,
    codes: (...codes: string[]) =>
      eventually(
        () => `${problems.list().map(({ code }) => code)}` === `${[...codes, 'socketUnavailable']}`,
        `problems ${codes}`,
        SOON_MS,
      ),
    [Symbol.asyncDispose]: () => follower.close(),
  };
}

describe('the daemon and its templates', () => {
  it('warns of a template made from an older packaged one, until it is mended', async () => {
    using folder = new TemplateFolder({ 'a/partials/peer.hbs': peer('older\n'), 'a/peer.hbs': '' });
    await using daemon = await following(folder);
    await daemon.codes('templateOutdated', 'templateUnused');
    folder.remove('a/peer.hbs');
    await daemon.codes('templateOutdated');
    folder.write('a/partials/peer.hbs', `${peer('packaged\n')}more\n`);
    await daemon.codes();
    folder.write('packaged/partials/peer.hbs', peer('updated\n'));
    await daemon.codes('templateOutdated');
  });

  it('follows the configuration to another folder, and looks at the old one no more', async () => {
    using folder = new TemplateFolder({ 'a/partials/peer.hbs': 'a', 'b/partials/peer.hbs': 'b' });
    await using daemon = await following(folder);
    await eventually(() => daemon.given.length === 1, 'the first folder is read', SOON_MS);
    await daemon.follow('b');
    await eventually(() => daemon.given.length === 2, 'the second folder is read', SOON_MS);
    folder.write('a/partials/peer.hbs', 'a changed');
    folder.write('b/partials/peer.hbs', 'b changed');
    await eventually(() => daemon.given.length === 3, 'the change is read', SOON_MS);
    await daemon.follow('b');
    expect(daemon.given.map(({ folder: from }) => from)).toEqual([folder.at('a'), folder.at('b'), folder.at('b')]);
  });
});
