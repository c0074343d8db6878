import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The one file of the CNI plugin, from the root of the repository. */
export const PLUGIN_SOURCE = join('src', 'cni', 'plugin', 'flock.c');

/** How the plugin is compiled: one static file that needs nothing of the host, and no warning is let pass. */
const FLAGS = ['-O2', '-static', '-s', '-Wall', '-Wextra', '-Werror'];

/** Whether this machine has a C compiler. */
export const hasCompiler: boolean = spawnSync('cc', ['--version']).error === undefined;

/**
 * Compiles a C file as the plugin is compiled.
 * @param output path of the executable.
 * @throws Error with the compiler's own words, or with what to install.
 */
export function compileC(source: string, output: string): void {
  const { status, stderr, error } = spawnSync('cc', [...FLAGS, '-o', output, source], { encoding: 'utf8' });
  if (error !== undefined) {
    throw new Error(`no C compiler (cc: ${error.message}); install one: apt-get install gcc libc6-dev`);
  }
  if (status !== 0) throw new Error(`cc cannot compile ${source}:\n${stderr}`);
}
