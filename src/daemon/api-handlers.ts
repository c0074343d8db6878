import type { ApiHandlers } from '../api/server.ts';
import { answerCni } from '../cni/answer.ts';
import type { EnginePorts } from '../engine/context.ts';
import type { Engine } from '../engine/engine.ts';
import { serveCni } from '../engine/serve-cni.ts';
import type { Logger } from '../log.ts';
import { addressesJson, podsJson, statusJson } from '../status/snapshot.ts';
import { applyChange } from './apply-change.ts';
import { engineDiff } from './engine-diff.ts';
import { renderJson } from './render-json.ts';

/** What the daemon's socket serves. @param ports those of the engine, which a change of the configuration may replace. */
export function apiHandlers(engine: Engine, ports: Pick<EnginePorts, 'control'>, log: Logger): ApiHandlers {
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
      'GET /v1/render': () => renderJson(engine.state.config, engine.render()),
      'GET /v1/diff': () => engineDiff(engine, ports.control),
      'POST /v1/apply': (query) => applyChange(engine, query),
    },
  };
}
