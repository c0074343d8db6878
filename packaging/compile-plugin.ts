import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Where the CNI plugin is, from the root of the repository. */
const FOLDER = join('src', 'cni', 'plugin');
/** The files that the CNI plugin is compiled of, from the root of the repository. */
export const PLUGIN_SOURCES: readonly string[] = [join(FOLDER, 'flock.c'), join(FOLDER, 'json.c')];

/** One static file that needs nothing from the host. */
const FLAGS = ['-O2', '-static', '-s'];

/** Every warning is an error. */
const WARNINGS = [
  ...['-Wall', '-Wextra', '-Werror', '-Wformat=2', '-Wshadow', '-Wconversion', '-Wcast-qual', '-Wstrict-prototypes'],
  '-Wvla',
];

/**
 * Checks at run time and memory that cannot be both written and run, as Debian's `dpkg-buildflags` with `hardening=+all` has
 * them, except for a random load address: relocating a static program costs a tenth of its run.
 */
const HARDENING = [
  ...['-D_FORTIFY_SOURCE=2', '-fstack-protector-strong', '-fstack-clash-protection'],
  ...(process.arch === 'x64' ? ['-fcf-protection'] : []),
  ...(process.arch === 'arm64' ? ['-mbranch-protection=standard'] : []),
  '-Wl,-z,relro,-z,now,-z,noexecstack',
];

/** Whether this machine has a C compiler. */
export const hasCompiler: boolean = spawnSync('cc', ['--version']).error === undefined;

/**
 * Compiles C files as the plugin is compiled.
 * @param output path of the executable.
 * @param options further options of the compiler.
 * @throws Error with the compiler's message, or with what to install.
 */
export function compileC(sources: readonly string[], output: string, options: readonly string[] = []): void {
  const words = [...FLAGS, ...WARNINGS, ...HARDENING, ...options, '-o', output, ...sources];
  const { status, stderr, error } = spawnSync('cc', words, { encoding: 'utf8' });
  if (error !== undefined) {
    throw new Error(`no C compiler (cc: ${error.message}); install one: apt-get install gcc libc6-dev`);
  }
  if (status !== 0) throw new Error(`cc cannot compile ${sources.join(', ')}:\n${stderr}`);
}
