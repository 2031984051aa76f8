/**
 * page/ — what people see.
 *
 * Runs in the browser of whoever opens the controller's address. It asks the API and shows what that says; it changes
 * nothing, and it fetches nothing from anywhere else.
 */
import { render } from "preact";
import { AllRoutes, type Filter } from "./allRoutes.tsx";
import { Header } from "./header.tsx";
import { type Sight, watch } from "./live.ts";
import { OneRoute } from "./oneRoute.tsx";

const ROUTE_HASH = "#/routes/";

let sight: Sight = { overview: null, decisions: [], detail: null, lost: null };
let filter: Filter = { text: "", only: "all" };

/** The route that the address names; null: the page of all. */
function wanted(): string | null {
  const { hash } = window.location;
  if (!hash.startsWith(ROUTE_HASH)) return null;
  try {
    return decodeURIComponent(hash.slice(ROUTE_HASH.length));
  } catch {
    return null;
  }
}

function show(): void {
  const key = wanted();
  document.title = key === null ? "linkerd-failover" : `${key} · linkerd-failover`;
  render(<Page route={key} />, document.body);
}

function Page({ route }: { readonly route: string | null }) {
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the routes
      </a>
      <Header sight={sight} />
      <main id="main" tabIndex={-1}>
        {route === null ? <AllRoutes sight={sight} filter={filter} onFilter={setFilter} /> : <OneRoute sight={sight} route={route} />}
      </main>
    </>
  );
}

/** The hash names the route, so it must not become `#main`. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function setFilter(next: Filter): void {
  filter = next;
  show();
}

const tickNow = watch(wanted, (now) => {
  sight = now;
  show();
});
window.addEventListener("hashchange", () => {
  sight = { ...sight, detail: null };
  show();
  window.scrollTo(0, 0);
  document.querySelector<HTMLElement>("h2")?.focus();
  tickNow();
});
show();
