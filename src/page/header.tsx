import type { Snapshot } from "./live.ts";
import { clock } from "./text.ts";

/** A summary of all routes, the role and version of the replica, and warnings that concern all routes. */
export function Header({ snapshot }: { readonly snapshot: Snapshot }) {
  const { overview, error } = snapshot;
  const warnings = [...(error === null ? [] : [errorText(snapshot, error)]), ...(overview?.warnings ?? [])];
  return (
    <header>
      <h1>
        <a href="#/">linkerd-failover</a>
      </h1>
      <p class="summary" role="status">
        {overview === null ? "reading from the controller …" : summary(overview)}
      </p>
      {warnings.length > 0 && (
        <div role="alert">
          <ul class="warnings">
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </div>
      )}
    </header>
  );
}

function summary({ routes, leader, version }: NonNullable<Snapshot["overview"]>): string {
  const shifted = routes.filter((route) => route.shifted).length;
  const count = `${routes.length} ${routes.length === 1 ? "route" : "routes"}, ${shifted === 0 ? "none" : shifted} shifted`;
  return `${count} · ${leader ? "this replica writes" : "this replica watches and writes nothing"} · version ${version}`;
}

function errorText({ overview }: Snapshot, why: string): string {
  const shown = overview === null ? "" : `; this page shows the state at ${clock(overview.now)}`;
  return `the controller does not answer (${why})${shown}`;
}
