/** After this long in peace the next re-apply is news again; the back-off begins anew then, too. */
const PEACE_MS = 300_000;

/** Whether it has been told that someone puts a route's baseline back over our weights. */
export class ReapplyNews {
  /** By route: who did it last, and when. */
  readonly #last = new Map<string, { readonly manager: string; readonly atMs: number }>();

  /** Takes note of a re-apply. */
  isNews(key: string, manager: string, nowMs: number): boolean {
    const last = this.#last.get(key);
    this.#last.set(key, { manager, atMs: nowMs });
    return last === undefined || last.manager !== manager || nowMs - last.atMs >= PEACE_MS;
  }

  /** Forgets the routes that are gone. */
  keep(isThere: (key: string) => boolean): void {
    for (const key of this.#last.keys()) if (!isThere(key)) this.#last.delete(key);
  }
}
