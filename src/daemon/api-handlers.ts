import type { ApiHandlers } from '../api/server.ts';
import { publishPaths } from '../bird/files/paths.ts';
import { answerCni } from '../cni/answer.ts';
import type { Engine } from '../engine/engine.ts';
import { serveCni } from '../engine/requests/serve-cni.ts';
import type { Logger } from '../log.ts';
import { renderJson } from '../report/render.ts';
import { addressesJson, podsJson, statusJson } from '../report/snapshot.ts';
import { applyChange } from './serve-apply.ts';
import { engineDiff } from './serve-diff.ts';

/** What the daemon's socket serves. */
export function apiHandlers(engine: Engine, log: Logger): ApiHandlers {
  const handle = serveCni(engine);
  return {
    cni: (body) =>
      answerCni(body, handle, (error, request) => {
        const fields = { code: error.code, verb: request?.command, details: error.details, err: error.cause };
        log.warn(fields, `request refused: ${error.message}`);
      }),
    routes: {
      'GET /v1/status': () => statusJson(engine.snapshot()),
      'GET /v1/pods': () => podsJson(engine.snapshot()),
      'GET /v1/addresses': () => addressesJson(engine.snapshot()),
      'GET /v1/render': () => {
        const { bird } = engine.state.config;
        return renderJson(publishPaths(bird.config, bird.mode), engine.render());
      },
      'GET /v1/diff': () => engineDiff(engine, engine.current.control),
      'POST /v1/apply': (query) => applyChange(engine, query),
    },
  };
}
