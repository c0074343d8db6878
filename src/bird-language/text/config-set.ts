/** Reads the files of a configuration; paths are absolute. */
export interface ConfigFiles {
  /** Text of a file; undefined when it cannot be read. */
  readonly text: (path: string) => string | undefined;
  /** Names in a folder, for includes with a pattern; undefined when it cannot be read. */
  readonly names: (folder: string) => readonly string[] | undefined;
}

/** A configuration as BIRD reads it: the file that it is started with, and everything that the file includes. */
export interface ConfigSet {
  /** Absolute path of the file that BIRD is started with. */
  readonly main: string;
  readonly files: ConfigFiles;
}
