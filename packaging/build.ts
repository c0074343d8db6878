/**
 * `npm run build`: builds `dist/` from scratch out of `src/`. It is put in place as a whole at the end, so that a build
 * which fails leaves the previous one as it was.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { compileC, PLUGIN_SOURCES } from './compile-plugin.ts';
import { asExecutable } from './polyglot.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
/** On the same file system as `dist/`, and ignored by git. */
const STAGE = join(ROOT, 'node_modules', '.cache', `flockd-build-${process.pid}`);

/**
 * The TypeScript programs that `dist/` offers as commands, with options for Node. The daemon's young generation is kept
 * small (V8's default is 16 MB three times over): measured with 250 pods, 102 MB resident instead of 125 MB, and less
 * processor time when idle.
 */
const PROGRAMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['flockd.js', ['--max-semi-space-size=4']],
  ['flockctl.js', []],
]);

/** JSON Schema of the configuration, relative to `src/` and `dist/`. */
const CONFIG_SCHEMA = join('config', 'flock.schema.json');

function say(text: string): void {
  console.log(`build: ${text}`);
}

function compileTypeScript(folder: string): void {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(ROOT, 'src', 'tsconfig.json'), '--outDir', folder], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('tsc found errors in src/ (above)');
}

function makeExecutable(path: string, nodeOptions: readonly string[]): void {
  writeFileSync(path, asExecutable(readFileSync(path, 'utf8'), nodeOptions));
  chmodSync(path, 0o755);
}

function putInPlace(folder: string): void {
  const former = `${folder}-former`;
  try {
    renameSync(DIST, former);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  renameSync(folder, DIST);
  rmSync(former, { recursive: true, force: true });
}

function build(): void {
  const dist = join(STAGE, 'dist');
  mkdirSync(dist, { recursive: true });
  say('tsc: src/ -> dist/');
  compileTypeScript(dist);
  for (const [program, nodeOptions] of PROGRAMS) {
    say(`dist/${program}: made executable on the pinned Node`);
    makeExecutable(join(dist, program), nodeOptions);
  }
  say(`dist/${CONFIG_SCHEMA}: for editors`);
  copyFileSync(join(ROOT, 'src', CONFIG_SCHEMA), join(dist, CONFIG_SCHEMA));
  say(`cc: ${PLUGIN_SOURCES.join(', ')} -> dist/flock`);
  compileC(
    PLUGIN_SOURCES.map((path) => join(ROOT, path)),
    join(dist, 'flock'),
  );
  putInPlace(dist);
  say(`done: ${relative(process.cwd(), DIST) || '.'}/`);
}

try {
  build();
} catch (error) {
  console.error(`build: failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(STAGE, { recursive: true, force: true });
}
