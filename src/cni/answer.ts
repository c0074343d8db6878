import { asFlockError, type FlockError } from '../errors.ts';
import { errorResult, errorStatus } from './errors.ts';
import { answerVersion } from './network-config.ts';
import {
  type AddResult,
  type CniErrorJson,
  type CniRequest,
  NEWEST_CNI_VERSION,
  type VersionRequest,
} from './protocol.ts';
import { decodeCniBody, parseCniRequest } from './request.ts';
import { versionResult } from './result.ts';

/** Serves one request. ADD resolves with its result, every other verb with nothing. @throws FlockError for the runtime */
export type CniHandler = (request: Exclude<CniRequest, VersionRequest>) => Promise<AddResult | undefined>;

/** The HTTP response. Status 200 is success; without `json` the body is empty. */
interface CniAnswer {
  readonly status: number;
  readonly json: AddResult | CniErrorJson | ReturnType<typeof versionResult> | undefined;
}

/**
 * Answers a request body from the plugin. Never rejects: errors become the answer, in the CNI version of the request.
 * `onError` receives each error with its request, which is undefined when it could not be read.
 */
export async function answerCni(
  body: Uint8Array,
  handle: CniHandler,
  onError: (error: FlockError, request: CniRequest | undefined) => void,
): Promise<CniAnswer> {
  let version = NEWEST_CNI_VERSION;
  let request: CniRequest | undefined;
  try {
    const { env, stdin } = decodeCniBody(body);
    version = answerVersion(stdin);
    request = parseCniRequest(env, stdin);
    if (request.command === 'VERSION') return { status: 200, json: versionResult(request.version) };
    return { status: 200, json: await handle(request) };
  } catch (thrown) {
    const error = asFlockError(thrown);
    onError(error, request);
    return { status: errorStatus(error), json: errorResult(version, error) };
  }
}
