import type { DiffJson } from '../api/types.ts';
import { publishPaths } from '../bird/publish/paths.ts';
import type { Engine } from '../engine/engine.ts';
import { FlockError } from '../errors.ts';
import { statusJson } from '../status/snapshot.ts';
import { diffJson } from './diff-json.ts';
import { readLiveFiles } from './live-files.ts';

/**
 * `GET /v1/diff`: what stands between the files in place and what the daemon would write now.
 * @throws FlockError `configurationInvalid` when a template cannot be rendered, or BIRD refuses what they give: nothing
 * would come of that.
 */
export function engineDiff(engine: Engine): DiffJson {
  const { config } = engine.state;
  const files = engine.render();
  const snapshot = engine.snapshot();
  const { change } = statusJson(snapshot).bird;
  if (change?.state === 'refused') throw new FlockError('configurationInvalid', change.message);
  const live = readLiveFiles(publishPaths(config.bird.config, config.bird.mode));
  // Until it is known who is ready, BIRD keeps the announcements that it has.
  const kept = engine.reconciler.complete ? undefined : live.announcements;
  // No session at all: BIRD has not been asked for them yet.
  const running = snapshot.birdConnected && snapshot.peers.length > 0 ? snapshot.peers : undefined;
  return diffJson({ config, live, files: { ...files, announcements: kept ?? files.announcements }, running, change });
}
