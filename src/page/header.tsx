import type { Sight } from "./live.ts";
import { clock } from "./text.ts";

/** Who is asked, how it goes altogether, and what everyone should know before looking at a single route. */
export function Header({ sight }: { readonly sight: Sight }) {
  const { overview, lost } = sight;
  const warnings = [...(lost === null ? [] : [lostText(sight, lost)]), ...(overview?.warnings ?? [])];
  return (
    <header>
      <h1>
        <a href="#/">linkerd-failover</a>
      </h1>
      <p class="summary" role="status">
        {overview === null ? "asking the controller …" : summary(overview)}
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

function summary({ routes, leader, version }: NonNullable<Sight["overview"]>): string {
  const shifted = routes.filter((route) => route.shifted).length;
  const count = `${routes.length} ${routes.length === 1 ? "route" : "routes"}, ${shifted === 0 ? "none" : shifted} shifted`;
  return `${count} · ${leader ? "this replica writes" : "this replica watches and writes nothing"} · version ${version}`;
}

function lostText({ overview }: Sight, why: string): string {
  const seen = overview === null ? "" : `; what you see is of ${clock(overview.now)}`;
  return `the controller cannot be asked (${why})${seen}`;
}
