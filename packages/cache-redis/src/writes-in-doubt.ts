/**
 * Writes that were given up: the server may get them yet, after a newer one.
 *
 * @module
 */

/** How long after it was given up a write may still come. Seconds; about as long as TCP tries. */
export const LATE = 900;

/** The marks of such writes, by the key of what they would change. */
export class WritesInDoubt {
  /** Mark → when it can be forgotten; seconds since the epoch. */
  readonly #marks = new Map<string, Map<string, number>>();

  /** Those that a newer write has to call off. */
  of(key: string): readonly string[] {
    return [...(this.#marks.get(key)?.keys() ?? [])];
  }

  add(key: string, mark: string): void {
    const now = Date.now() / 1000;
    this.#forget(now);
    const marks = this.#marks.get(key) ?? new Map<string, number>();
    // To the end: those that can be forgotten first stand at the beginning.
    this.#marks.delete(key);
    this.#marks.set(key, marks.set(mark, now + LATE));
  }

  /** Their outcome is known, or does not matter any more. */
  settle(key: string, settled: readonly string[]): void {
    const marks = this.#marks.get(key);
    for (const mark of settled) marks?.delete(mark);
    if (marks?.size === 0) this.#marks.delete(key);
  }

  #forget(now: number): void {
    for (const [key, marks] of this.#marks) {
      for (const [mark, end] of marks) if (end < now) marks.delete(mark);
      if (marks.size > 0) return;
      this.#marks.delete(key);
    }
  }
}
