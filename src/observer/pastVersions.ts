/**
 * The resourceVersions of objects that a later write has replaced. A list that was running at that time, or a late watch, may
 * still deliver them. Versions are opaque, so they are compared for equality only.
 */
export class PastVersions {
  /** By key of the object; dropped when another version is delivered. */
  readonly #versions = new Map<string, Set<string>>();

  note(key: string, version: string): void {
    this.#versions.set(key, (this.#versions.get(key) ?? new Set()).add(version));
  }

  /** Call this when the object is deleted or ignored. */
  forget(key: string): void {
    this.#versions.delete(key);
  }

  /** Whether this version of the object is outdated. If it is not, the outdated versions of the object are dropped. */
  has(key: string, version: string | undefined): boolean {
    const isPast = version !== undefined && this.#versions.get(key)?.has(version) === true;
    if (!isPast) this.#versions.delete(key);
    return isPast;
  }
}
