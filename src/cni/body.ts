import { FlockError } from '../errors.ts';
import { quoteText } from '../model/printable.ts';

/** Most CNI_* variables that one call may have. The specification knows six. */
const MOST_VARIABLES = 64;

/**
 * Decodes what the plugin sends: `KEY=VALUE` and a NUL for each CNI_* variable, one NUL, then the plugin's standard
 * input byte for byte.
 * @throws FlockError `requestUndecodable` when the frame is broken, `environmentInvalid` when a variable is.
 */
export function decodeCniBody(bytes: Uint8Array): { env: Map<string, string>; stdin: Buffer } {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const env = new Map<string, string>();
  for (let start = 0; ; ) {
    const end = body.indexOf(0, start);
    if (end < 0) {
      throw new FlockError(
        'requestUndecodable',
        'the request ends inside the CNI_* variables: only the plugin may send it',
      );
    }
    if (end === start) return { env, stdin: body.subarray(end + 1) };
    const [key, value] = variable(body.subarray(start, end));
    if (env.has(key)) throw new FlockError('environmentInvalid', `${key} is set twice`);
    if (env.size === MOST_VARIABLES) {
      throw new FlockError(
        'environmentInvalid',
        `more than ${MOST_VARIABLES} CNI_* variables, the last ${quoteText(key)}`,
      );
    }
    env.set(key, value);
    start = end + 1;
  }
}

function variable(entry: Buffer): [key: string, value: string] {
  const text = entry.toString('utf8');
  const split = text.indexOf('=');
  const key = text.slice(0, split);
  if (split < 0 || !key.startsWith('CNI_')) {
    throw new FlockError('environmentInvalid', `${quoteText(text)} is no CNI_* variable`);
  }
  if (!Buffer.from(text, 'utf8').equals(entry)) throw new FlockError('environmentInvalid', `${key} is not UTF-8`);
  return [key, text.slice(split + 1)];
}
