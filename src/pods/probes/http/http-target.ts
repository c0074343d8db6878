/** Characters that may appear unescaped in the path of a URL (`validEncoded` and `shouldEscape` in Go's net/url). */
const VALID_PATH = /^[A-Za-z0-9._~!$&'()*+,;=:@[\]/%-]*$/;
/** Characters that `escape` of the same package leaves unescaped in a path. */
const PLAIN_IN_PATH = /[A-Za-z0-9._~$&+,;=:@/-]/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what makes a text no URL
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Path and query of a probe on the wire, as a kubelet sends them (`formatURL` in Kubernetes' pkg/probe/http/request.go,
 * with Go's net/url): dots and double slashes are kept, a fragment and the host of `//host/path` are dropped, and what
 * cannot be read as a URL is entirely a path.
 * @returns text that begins with `/` and contains no blanks or control characters.
 */
export function requestTarget(written: string): string {
  const hash = written.indexOf('#');
  const whole = hash < 0 ? written : written.slice(0, hash);
  const mark = whole.indexOf('?');
  const path = mark < 0 ? whole : whole.slice(0, mark);
  if (CONTROL.test(written) || BAD_ESCAPE.test(path) || (hash >= 0 && BAD_ESCAPE.test(written.slice(hash)))) {
    return rooted(escapeBytes(Buffer.from(written, 'utf8'), PLAIN_IN_PATH));
  }
  const local = path.startsWith('//') && !path.startsWith('///') ? path.replace(/^\/\/[^/]*/, '') : path;
  const escaped = VALID_PATH.test(local) ? local : escapeBytes(unescapeBytes(local), PLAIN_IN_PATH);
  return rooted(escaped) + (mark < 0 ? '' : escapeBytes(Buffer.from(whole.slice(mark), 'utf8'), /[!-~]/));
}

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function unescapeBytes(text: string): Buffer {
  const parts = text.split(/(%[0-9A-Fa-f]{2})/);
  return Buffer.concat(
    parts.map((part, index) => (index % 2 === 1 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part, 'utf8'))),
  );
}

function escapeBytes(bytes: Buffer, plain: RegExp): string {
  return [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return byte < 0x80 && plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
