/**
 * A time as BIRD prints it with `timeformat protocol iso long` (BIRD manual, "timeformat"), in the host's time zone, as
 * ISO 8601 in UTC. A template may choose another format: what cannot be read is null, not a guess.
 */
export function birdTime(text: string): string | null {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)$/.exec(text);
  if (match === null) return null;
  const time = new Date(`${match[1]}T${match[2]}`);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
