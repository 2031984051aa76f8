/** After this long without a re-apply, the next one is announced again; the backoff starts anew then, too. */
const PEACE_MS = 300_000;

/** Remembers which re-applies (another writer puts the baseline back over our weights) have been announced. */
export class ReapplyNews {
  /** By route: the field manager of the last re-apply, and its time. */
  readonly #last = new Map<string, { readonly manager: string; readonly atMs: number }>();
  /** By route: the field manager of a re-apply before our first tick, until it is announced or over. */
  readonly #found = new Map<string, string>();

  /** Records a re-apply; returns whether it is to be announced. */
  isNews(key: string, manager: string, nowMs: number): boolean {
    const last = this.#last.get(key);
    this.#last.set(key, { manager, atMs: nowMs });
    return last === undefined || last.manager !== manager || nowMs - last.atMs >= PEACE_MS;
  }

  /** Records a re-apply that the first tick found. */
  found(key: string, manager: string): void {
    this.#found.set(key, manager);
  }

  /**
   * The field manager of a re-apply that the first tick found and that is to be announced now, or null. It is kept until
   * this replica acts, so that a replica that leads only later announces it, unless it is over by then.
   */
  takeFound(key: string, isOver: boolean, acts: boolean): string | null {
    const manager = this.#found.get(key) ?? null;
    if (isOver || acts) this.#found.delete(key);
    return isOver || !acts ? null : manager;
  }

  /** Forgets the routes for which `isThere` is false. */
  keep(isThere: (key: string) => boolean): void {
    for (const known of [this.#last, this.#found]) for (const key of known.keys()) if (!isThere(key)) known.delete(key);
  }
}
