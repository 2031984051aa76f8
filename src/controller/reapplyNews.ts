/** After this long in peace the next re-apply is news again; the back-off begins anew then, too. */
const PEACE_MS = 300_000;

/** Whether it has been told that someone puts a route's baseline back over our weights. */
export class ReapplyNews {
  /** By route: who did it last, and when. */
  readonly #last = new Map<string, { readonly manager: string; readonly atMs: number }>();
  /** By route: who did it before our first look, until it is told or over. */
  readonly #found = new Map<string, string>();

  /** Takes note of a re-apply. */
  isNews(key: string, manager: string, nowMs: number): boolean {
    const last = this.#last.get(key);
    this.#last.set(key, { manager, atMs: nowMs });
    return last === undefined || last.manager !== manager || nowMs - last.atMs >= PEACE_MS;
  }

  /** Takes note of one that was there at the first look. */
  found(key: string, manager: string): void {
    this.#found.set(key, manager);
  }

  /**
   * Whose baseline, found at the first look, is to be told now that we act; null: nobody's. It stays to be told until then, so
   * that a replica which leads only later tells of it, unless it is over by then.
   */
  takeFound(key: string, isOver: boolean, acts: boolean): string | null {
    const manager = this.#found.get(key) ?? null;
    if (isOver || acts) this.#found.delete(key);
    return isOver || !acts ? null : manager;
  }

  /** Forgets the routes that are gone. */
  keep(isThere: (key: string) => boolean): void {
    for (const known of [this.#last, this.#found]) for (const key of known.keys()) if (!isThere(key)) known.delete(key);
  }
}
