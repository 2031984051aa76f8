/** A queue in which parties take turns: however much one of them queues up, the others wait no longer for it. Each item once. */
export class TurnQueue<T> {
  /** The party whose turn is next comes first. */
  readonly #parties = new Map<string, Set<T>>();

  /** The next item, out of the queue; undefined where it is empty. */
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

  /** Queues up what is not queued up yet, at the end of its party's own. */
  add(party: string, item: T): void {
    const items = this.#parties.get(party) ?? new Set<T>();
    this.#parties.set(party, items.add(item));
  }

  /** Drops what the test does not want kept. */
  retain(keep: (item: T) => boolean): void {
    for (const items of this.#parties.values()) for (const item of items) if (!keep(item)) items.delete(item);
  }
}
