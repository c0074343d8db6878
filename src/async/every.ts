/** Milliseconds between two beats. Within one a watch of files has noticed that its folder was replaced or mounted over. */
export const BEAT_MS = 500;

interface Task {
  readonly beats: number;
  readonly work: () => void;
}

const tasks = new Set<Task>();
let timer: NodeJS.Timeout | undefined;
let count = 0;

function beat(): void {
  count += 1;
  for (const { beats, work } of tasks) if (count % beats === 0) work();
}

/**
 * Does something at a steady pace. What has a pace of whole beats shares one timer: an idle daemon is woken twice a second
 * for everything, since a wake costs more than most of what is done then. The first time comes within one pace. The
 * timer does not keep the process alive.
 * @returns a function that ends it.
 */
export function every(milliseconds: number, work: () => void): () => void {
  if (milliseconds % BEAT_MS !== 0) {
    const own = setInterval(work, milliseconds).unref();
    return () => clearInterval(own);
  }
  const task: Task = { beats: milliseconds / BEAT_MS, work };
  tasks.add(task);
  timer ??= setInterval(beat, BEAT_MS).unref();
  return () => {
    tasks.delete(task);
    if (tasks.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
