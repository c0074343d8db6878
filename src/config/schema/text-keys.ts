import { PATH_BYTES, Refusal, readPath, textAs } from './text-values.ts';

/** A key whose value is an absolute path. */
export function path(description: string, maxBytes: number = PATH_BYTES) {
  return textAs({ description, pattern: '^/' }, (text) => readPath(text, maxBytes));
}

/** A key whose value matches a pattern, which is the JSON Schema's as well. */
export function named(description: string, pattern: string, rule: string, example: string) {
  const expression = new RegExp(pattern);
  return textAs({ description, pattern, examples: [example] }, (text) =>
    expression.test(text) ? text : new Refusal(rule),
  );
}
