/**
 * page/ — the status page.
 *
 * Runs in the browser. It shows what the controller's API returns; it changes nothing, and sends no requests elsewhere.
 */
import { render } from "preact";
import { AllRoutes, type Filter } from "./allRoutes.tsx";
import { Header } from "./header.tsx";
import { type Snapshot, watch } from "./live.ts";
import { OneRoute } from "./oneRoute.tsx";

const ROUTE_HASH = "#/routes/";

let snapshot: Snapshot = { overview: null, decisions: [], detail: null, error: null };
let filter: Filter = { text: "", only: "all" };

/** The route in the URL; null: the page of all routes. */
function shownRoute(): string | null {
  const { hash } = window.location;
  if (!hash.startsWith(ROUTE_HASH)) return null;
  try {
    return decodeURIComponent(hash.slice(ROUTE_HASH.length));
  } catch {
    return null;
  }
}

function show(): void {
  const key = shownRoute();
  document.title = key === null ? "linkerd-failover" : `${key} · linkerd-failover`;
  render(<Page route={key} />, document.body);
}

function Page({ route }: { readonly route: string | null }) {
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the routes
      </a>
      <Header snapshot={snapshot} />
      <main id="main" tabIndex={-1}>
        {route === null ? (
          <AllRoutes snapshot={snapshot} filter={filter} onFilter={setFilter} />
        ) : (
          <OneRoute snapshot={snapshot} route={route} />
        )}
      </main>
    </>
  );
}

/** The hash holds the route, so it must not become `#main`. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function setFilter(next: Filter): void {
  filter = next;
  show();
}

const pollNow = watch(shownRoute, (next) => {
  snapshot = next;
  show();
});
window.addEventListener("hashchange", () => {
  snapshot = { ...snapshot, detail: null };
  show();
  window.scrollTo(0, 0);
  document.querySelector<HTMLElement>("h2")?.focus();
  pollNow();
});
show();
