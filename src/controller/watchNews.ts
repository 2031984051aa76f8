import type { ResourceHealth } from "../observer/observer.ts";
import type { Log } from "./announcer.ts";

type Standing =
  | { readonly is: "watched"; readonly version: string | null }
  | { readonly is: "absent" }
  | { readonly is: "troubled"; readonly why: string };

/** Logs which resources cannot be watched and why, once per change. A resource that is watched from the start is not logged. */
export class WatchNews {
  readonly #log: Log;
  readonly #told = new Map<string, Standing>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Takes the current state of all watched resources. */
  update(resources: readonly ResourceHealth[]): void {
    for (const health of resources) {
      const now = standingOf(health);
      if (now === null) continue;
      const before = this.#told.get(health.resource) ?? { is: "watched", version: now.is === "watched" ? now.version : null };
      this.#told.set(health.resource, now);
      this.#tell(health.resource, before, now);
    }
  }

  #tell(resource: string, before: Standing, now: Standing): void {
    const fields = { resource };
    switch (now.is) {
      case "absent":
        if (before.is !== "absent") this.#log.info(fields, `the cluster has no ${resource}: skipped, checked again every minute`);
        return;
      case "troubled":
        if (before.is !== "troubled" || before.why !== now.why)
          this.#log.warn(fields, `${resource} cannot be listed, tried again: ${now.why}`);
        return;
      case "watched":
        if (before.is !== "watched") this.#log.info(fields, `${resource} are watched now`);
        else if (before.version !== now.version) this.#log.info(fields, `${resource} are watched at ${now.version} now`);
    }
  }
}

/** Null while nothing is known. */
function standingOf({ absent, trouble, synced, version }: ResourceHealth): Standing | null {
  if (trouble !== null) return { is: "troubled", why: trouble };
  if (absent) return { is: "absent" };
  return synced ? { is: "watched", version } : null;
}
