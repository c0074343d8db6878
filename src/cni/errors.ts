import { ERROR_CODES, errorText, type FlockError } from '../errors.ts';
import type { CniErrorJson, CniVersion } from './protocol.ts';

/**
 * The error in the form for a runtime. Runtimes print `details` after the message, so it is empty unless it adds
 * something.
 */
export function errorResult(version: CniVersion, error: FlockError): CniErrorJson {
  const cause = error.cause === undefined ? '' : errorText(error.cause);
  return {
    cniVersion: version,
    code: ERROR_CODES[error.code].cni,
    msg: error.message,
    details: error.details ?? (error.message.includes(cause) ? '' : cause),
  };
}

/** HTTP status of a CNI error: the plugin only checks whether it is 200; a person with curl learns more from it. */
export function errorStatus(error: FlockError): 400 | 500 | 503 {
  if (error.code === 'internal') return 500;
  return error.code === 'tryAgainLater' ? 503 : 400;
}
