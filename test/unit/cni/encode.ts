/** What the plugin sends for these variables and this standard input: the counterpart of `decodeCniBody`. */
export function encodeCniBody(env: Iterable<readonly [string, string]>, stdin: Uint8Array | string): Buffer {
  const entries = [...env].map(([key, value]) => `${key}=${value}\0`);
  return Buffer.concat([Buffer.from(`${entries.join('')}\0`), Buffer.from(stdin)]);
}
