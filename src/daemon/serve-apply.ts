import type { ApplyJson, PublishJson } from '../api/types.ts';
import type { Permission } from '../bird/types.ts';
import type { Engine } from '../engine/engine.ts';
import { FlockError } from '../errors.ts';
import { quoteText } from '../model/printable.ts';
import { changeJson } from '../report/change.ts';

const PERMISSIONS = ['reset', 'withdraw'] as const;

/**
 * `POST /v1/apply?reset=true&withdraw=true`: tries to bring into force the change that waits, was refused or undone.
 * @param query the permissions; a missing one is not granted.
 * @throws FlockError `configurationInvalid` for a parameter that is unknown, or neither true nor false.
 */
export async function applyChange(engine: Engine, query: URLSearchParams): Promise<ApplyJson> {
  for (const [key, value] of query) {
    const known = PERMISSIONS.some((permission) => permission === key);
    if (known && (value === 'true' || value === 'false')) continue;
    const rule = `apply takes ${PERMISSIONS.join(' and ')}, true or false`;
    throw new FlockError('configurationInvalid', `${quoteText(`${key}=${value}`)}: ${rule}`);
  }
  const before = changeJson(engine.snapshot().change);
  const permission = { reset: query.get('reset') === 'true', withdraw: query.get('withdraw') === 'true' };
  await engine.apply(permission);
  const { change, lastPublish } = engine.snapshot();
  const nothing = before === null && change === undefined;
  return { before, change: changeJson(change), lastPublish, message: nothing ? idle(permission, lastPublish) : '' };
}

/** The answer when there was nothing to try. */
function idle({ reset, withdraw }: Permission, lastPublish: PublishJson | null): string {
  const kept = reset || withdraw ? '; the permission is not kept for a later change' : '';
  if (lastPublish?.ok === false)
    return `nothing waits for a permission${kept}; the last publish: ${lastPublish.message}`;
  return `nothing waits: the desired configuration is in force${kept}`;
}
