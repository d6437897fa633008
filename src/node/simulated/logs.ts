// Logs of simulated containers, by the path that a real one would have.

export type LogLine = { readonly ms: number; readonly text: string };

/** Lines that one container keeps; older ones go. */
const linesMax = 1000;

export class LogStore {
  readonly #lines = new Map<string, LogLine[]>();

  append(path: string, lines: readonly LogLine[]): void {
    const all = this.#lines.get(path) ?? [];
    all.push(...lines);
    if (all.length > linesMax) all.splice(0, all.length - linesMax);
    this.#lines.set(path, all);
  }

  lines(path: string): readonly LogLine[] {
    return this.#lines.get(path) ?? [];
  }

  /** Every log at or below `path`. */
  remove(path: string): void {
    for (const key of this.#lines.keys())
      if (key === path || key.startsWith(`${path}/`)) this.#lines.delete(key);
  }
}
