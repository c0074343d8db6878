import { printable } from '../model/printable.ts';

/**
 * An aligned table: columns as wide as their widest cell, two blanks between them, no trailing blanks. Control
 * characters in a cell are escaped, since cells may contain what a pod's author wrote.
 */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${alignColumns([header, ...rows]).join('\n')}\n`;
}

/** The lines of {@link formatTable}, without a header; rows may be shorter than others. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** How long ago, as people say it: `12s`, `4m`, `3h`, `2d`. */
export function age(since: string, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 1000));
  if (Number.isNaN(seconds)) return since;
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
