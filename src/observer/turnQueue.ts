/** A queue that serves its parties in turn, so that one with many items does not delay the others. An item is queued once. */
export class TurnQueue<T> {
  /** In the order of their turns. */
  readonly #parties = new Map<string, Set<T>>();

  /** Removes and returns the next item; undefined if the queue is empty. */
  take(): T | undefined {
    for (const [party, items] of this.#parties) {
      this.#parties.delete(party);
      const [item] = items;
      if (item === undefined) continue;
      items.delete(item);
      if (items.size > 0) this.#parties.set(party, items);
      return item;
    }
    return undefined;
  }

  /** Adds an item at the end of its party's items, unless it is queued already. */
  add(party: string, item: T): void {
    const items = this.#parties.get(party) ?? new Set<T>();
    this.#parties.set(party, items.add(item));
  }

  /** Drops the items for which `keep` is false. */
  retain(keep: (item: T) => boolean): void {
    for (const items of this.#parties.values()) for (const item of items) if (!keep(item)) items.delete(item);
  }
}
