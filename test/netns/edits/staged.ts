import { rm } from 'node:fs/promises';
import { isDiffJson } from '../../../src/api/shape.ts';
import type { PreviewJson } from '../../../src/api/types.ts';
import { configText, type Desk } from './desk.ts';
import { save } from './disk.ts';
import { CONFIG, type Edit } from './edit.ts';
import type { Operator } from './operator.ts';

/**
 * What `flockctl render --diff` says of an edit before it is saved: asked, as a careful operator does, about a copy of
 * everything in which the edit is made.
 */
export async function previewOfStaged(operator: Operator, edit: Edit): Promise<PreviewJson> {
  const { node } = operator.world;
  const { desk } = edit;
  if (desk === undefined) throw new Error(`${edit.what}: nothing that comes into force`);
  const folder = node.path('staged-templates');
  await rm(folder, { recursive: true, force: true });
  for (const [name, text] of desk.overlays) await save(`${folder}/${name}`, { text }, 'renamed');
  const copy: Desk = { ...desk, keys: { ...desk.keys, bird: { ...Object(desk.keys.bird), templates: folder } } };
  const config = node.path(`staged-${CONFIG}`);
  await save(config, { text: configText(copy) }, 'renamed');
  const answer: unknown = await node.flockctlJson('render', '--diff', '--config', config);
  if (!isDiffJson(answer)) throw new Error(`flockctl render --diff gave ${JSON.stringify(answer)}`);
  return answer.preview;
}

/** The sessions that are up and that a preview says are reset, sorted. */
export function sessionsReset(preview: PreviewJson): string[] {
  return preview.resets
    .filter(({ established }) => established !== false)
    .map(({ session }) => session)
    .sort();
}
