/**
 * The versions of objects that are known to have been written over. A list that was under way then, or a late watch, may still
 * tell of them. Versions are opaque: none is compared with another but for being the same.
 */
export class PastVersions {
  /** By key: until a version is told that is none of them. */
  readonly #versions = new Map<string, Set<string>>();

  note(key: string, version: string): void {
    this.#versions.set(key, (this.#versions.get(key) ?? new Set()).add(version));
  }

  /** The object is gone, or concerns us no more. */
  forget(key: string): void {
    this.#versions.delete(key);
  }

  /** Whether what is told of an object is over; news that is not over ends its past. */
  has(key: string, version: string | undefined): boolean {
    const isPast = version !== undefined && this.#versions.get(key)?.has(version) === true;
    if (!isPast) this.#versions.delete(key);
    return isPast;
  }
}
