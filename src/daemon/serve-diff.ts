import type { DiffJson } from '../api/types.ts';
import { foreignName, readLiveFiles } from '../bird/files/live-files.ts';
import { publishPaths } from '../bird/files/paths.ts';
import { previewOnDisk } from '../bird/measure/preview-on-disk.ts';
import { askRunning } from '../bird-control/running.ts';
import type { BirdControl } from '../bird-control/types.ts';
import type { Engine } from '../engine/engine.ts';
import { FlockError } from '../errors.ts';
import { changeJson } from '../report/change.ts';
import { diffJson } from '../report/diff.ts';

/**
 * `GET /v1/diff`: the difference between the files in place and what the daemon would write now. BIRD is asked for its
 * sessions: the engine's last look may be two seconds old.
 * @throws FlockError `configurationInvalid` when a template cannot be rendered, or BIRD refuses the result, which would
 * then have no effect.
 */
export async function engineDiff(engine: Engine, control: BirdControl): Promise<DiffJson> {
  const { config } = engine.state;
  const rendered = engine.render();
  const change = changeJson(engine.snapshot().change);
  if (change?.state === 'refused') throw new FlockError('configurationInvalid', change.message);
  const paths = publishPaths(config.bird.config, config.bird.mode);
  const live = readLiveFiles(paths);
  // Until it is known which pods are ready, BIRD keeps the announcements that it has.
  const kept = engine.reconciler.complete ? undefined : live.announcements;
  const { protocols: running } = await askRunning(control);
  const files = { ...rendered, announcements: kept ?? rendered.announcements };
  const keptForeign = foreignName(paths.config, live.config);
  return diffJson({ paths, live, files, keptForeign, preview: previewOnDisk(paths, files), running, change });
}
