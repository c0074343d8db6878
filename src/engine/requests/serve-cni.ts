import type { Allocation } from '../../allocation/allocation.ts';
import type { CniHandler } from '../../cni/answer.ts';
import { compareWithPrevResult } from '../../cni/check.ts';
import { addResult, type WiredAttachment } from '../../cni/result.ts';
import { FlockError } from '../../errors.ts';
import type { Engine } from '../engine.ts';

/** Serves the verbs of CNI with the engine. */
export function serveCni(engine: Engine): CniHandler {
  return async (request) => {
    switch (request.command) {
      case 'ADD': {
        const allocation = await engine.add(request);
        return addResult(request.version, wired(allocation, request.netns));
      }
      case 'DEL':
        await engine.delete(request);
        return undefined;
      case 'CHECK': {
        const allocation = await engine.check(request, request.netns);
        const expected = addResult(request.version, wired(allocation, request.netns));
        const wrong = compareWithPrevResult(request.prevResult, expected);
        if (wrong.length > 0) throw new FlockError('checkFailed', wrong.join('; '));
        return undefined;
      }
      case 'GC':
        if (request.validAttachments !== undefined) await engine.collect(request.network, request.validAttachments);
        return undefined;
      case 'STATUS':
        if (!engine.started) throw new FlockError('tryAgainLater', 'flockd is starting; try again in a moment');
        return undefined;
    }
  };
}

function wired(allocation: Allocation, netns: string): WiredAttachment {
  return { ...allocation, netns };
}
