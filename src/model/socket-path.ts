/** Longest path of a unix socket in bytes: `sun_path` of linux/un.h has 108, one of them for the ending zero (unix(7)). */
export const SOCKET_PATH_BYTES = 107;

/**
 * What makes a text unfit to be the path of a unix socket, as a clause that follows the path in a message.
 * @returns undefined when a socket can have this path.
 */
export function socketPathFault(path: string): string | undefined {
  if (path === '') return 'must not be empty';
  // The kernel would end the path there, or take one that begins with it for an abstract name (unix(7)).
  if (path.includes('\0')) return 'must not hold a zero byte';
  const bytes = Buffer.byteLength(path);
  return bytes > SOCKET_PATH_BYTES ? `must be ${SOCKET_PATH_BYTES} bytes long at most, not ${bytes} bytes` : undefined;
}
