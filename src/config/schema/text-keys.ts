import { SOCKET_PATH_BYTES } from '../../model/socket-path.ts';
import { PATH_BYTES, Refusal, readPath, readSocketPath, textAs } from './text-values.ts';

/** A key whose value is an absolute path. */
export function path(description: string, maxBytes: number = PATH_BYTES) {
  return textAs({ description, pattern: '^/' }, (text) => readPath(text, maxBytes));
}

/** A key whose value is the absolute path of a unix socket. @param more what its description says after the limit. */
export function socketPath(what: string, more = '') {
  return textAs({ description: `${what}, ${SOCKET_PATH_BYTES} bytes at most.${more}`, pattern: '^/' }, readSocketPath);
}

/** A key whose value matches a pattern, which is the JSON Schema's as well. */
export function named(description: string, pattern: string, rule: string, example: string) {
  const expression = new RegExp(pattern);
  return textAs({ description, pattern, examples: [example] }, (text) =>
    expression.test(text) ? text : new Refusal(rule),
  );
}
