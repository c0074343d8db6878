import { TABLE_MARK, type Value } from '../meaning/values.ts';

/** Longer values tell less than the name of their option. */
const LONGEST_VALUE = 40;

const TABLE_DETAILS = new RegExp(`${TABLE_MARK}\\S+`, 'g');

/** A change in readable form: `hold time 30 → 60`. A value that is not given is called `default`. */
export function changeText(name: string, before: Value, after: Value): string {
  const [was, is] = [showValue(before), showValue(after)];
  return was === undefined || is === undefined || was === is ? name : `${name} ${was} → ${is}`;
}

/** Undefined for a value that must not be shown: a filter, a text that is too long, one with unusual characters. */
function showValue(value: Value): string | undefined {
  if (value === '') return 'default';
  // The mark of a string, and the one that distinguishes tables of the same name, are not part of the language.
  const named = value.includes('"') ? value.replaceAll('"', '') : value.replaceAll(TABLE_DETAILS, '');
  const text = named.replaceAll(' , ', ', ');
  return text.length <= LONGEST_VALUE && /^[\w .:,/()-]+$/.test(text) ? text : undefined;
}

/** The first words of an item that is in no option table. Nothing after them is shown: it may be a password. */
export function itemName(item: string): string {
  const words: string[] = [];
  for (const word of item.split(' ')) {
    if (!/^[a-z][a-z0-9_]*$/.test(word) || words.length === 3) break;
    words.push(word);
  }
  return words[0] === undefined ? 'an option' : `option ${words.join(' ')}`;
}

/** Items that only one of two lists has; those of the second list when the two differ only in their order. */
export function changedItems(before: readonly string[], after: readonly string[]): readonly string[] {
  if (before.join('\n') === after.join('\n')) return [];
  const [was, is] = [new Set(before), new Set(after)];
  const changed = [...before.filter((item) => !is.has(item)), ...after.filter((item) => !was.has(item))];
  return changed.length > 0 ? changed : after;
}
