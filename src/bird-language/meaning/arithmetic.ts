/** Longer expressions are compared as written. */
const MAX_TOKENS = 64;

const LEVELS = new Map([
  ['+', 1],
  ['-', 1],
  ['*', 2],
  ['/', 2],
]);

/** Numbers are unsigned, with 32 bits. */
const MODULUS = 2 ** 32;

/**
 * The tokens with each parenthesised expression of numbers, `( 15 * 2 )`, replaced by its value, as BIRD computes it
 * while parsing.
 */
export function foldNumbers(tokens: readonly string[]): string[] {
  const folded: string[] = [];
  let group: string[] | undefined;
  let depth = 0;
  for (const token of tokens) {
    if (token === '(') depth += 1;
    if (depth === 0) {
      folded.push(token);
      continue;
    }
    group ??= [];
    group.push(token);
    if (token !== ')') continue;
    depth -= 1;
    if (depth > 0) continue;
    const number = evaluate(group);
    if (number === undefined) for (const one of group) folded.push(one);
    else folded.push(String(number));
    group = undefined;
  }
  return group === undefined ? folded : folded.concat(group);
}

/** The value of an expression of numbers alone; undefined for any other. */
export function evaluate(tokens: readonly string[]): number | undefined {
  if (tokens.length > MAX_TOKENS) return undefined;
  const values: number[] = [];
  const operators: string[] = [];
  let wantsValue = true;
  const reduce = (): boolean => {
    const result = apply(operators.pop() ?? '', values.splice(-2));
    if (result !== undefined) values.push(result);
    return result !== undefined;
  };
  for (const token of tokens) {
    const level = LEVELS.get(token);
    if (wantsValue && /^\d{1,10}$/.test(token)) {
      values.push(Number(token));
      wantsValue = false;
    } else if (wantsValue && token === '(') {
      operators.push(token);
    } else if (!wantsValue && token === ')') {
      while (operators.length > 0 && operators.at(-1) !== '(') if (!reduce()) return undefined;
      if (operators.pop() !== '(') return undefined;
    } else if (!wantsValue && level !== undefined) {
      while ((LEVELS.get(operators.at(-1) ?? '') ?? 0) >= level) if (!reduce()) return undefined;
      operators.push(token);
      wantsValue = true;
    } else {
      return undefined;
    }
  }
  if (wantsValue) return undefined;
  while (operators.length > 0) if (!reduce()) return undefined;
  return values[0];
}

function apply(operator: string, [left, right]: readonly number[]): number | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (operator === '+') return (left + right) % MODULUS;
  if (operator === '-') return (left - right + MODULUS) % MODULUS;
  if (operator === '*') return Number((BigInt(left) * BigInt(right)) % BigInt(MODULUS));
  return operator === '/' && right !== 0 ? Math.floor(left / right) : undefined;
}
