/**
 * page/ — the status page.
 *
 * Runs in the browser. It shows what the controller's API returns; it changes nothing, and sends no requests elsewhere.
 */
import { render } from "preact";
import { type Address, hrefOf, readAddress } from "./address.ts";
import { AllRoutes } from "./allRoutes.tsx";
import { Header } from "./header.tsx";
import type { Moment } from "./headline.ts";
import { EMPTY, type Snapshot, watch } from "./live.ts";
import { OneRoute } from "./oneRoute.tsx";
import { partsOf } from "./text.ts";

/** Countdowns go on between two answers. */
const TICK_MS = 1_000;

let snapshot: Snapshot = EMPTY;
let address: Address = readAddress(window.location.hash);

function show(): void {
  document.title = titleOf();
  render(<Page moment={{ nowMs: Date.now() + snapshot.skewMs, zone: address.zone }} />, document.body);
}

/** The number of routes whose users are failing comes first, so that a tab in the background shows it. */
function titleOf(): string {
  const failing = snapshot.header?.counts.failing ?? 0;
  const where = address.route === null ? "linkerd-failover" : `${partsOf(address.route).name} · linkerd-failover`;
  return failing === 0 ? where : `(${failing}) ${where}`;
}

function Page({ moment }: { readonly moment: Moment }) {
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the routes
      </a>
      <Header snapshot={snapshot} address={address} nowMs={moment.nowMs} />
      <main id="main" tabIndex={-1}>
        {address.route === null ? (
          <AllRoutes snapshot={snapshot} address={address} moment={moment} onAddress={replaceAddress} />
        ) : (
          <OneRoute snapshot={snapshot} route={address.route} address={address} moment={moment} />
        )}
      </main>
    </>
  );
}

/** The hash holds the address, so it must not become `#main`. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** Typing makes no entries in the browser's history. */
function replaceAddress(next: Address): void {
  address = next;
  window.history.replaceState(null, "", hrefOf(next));
  show();
}

const pollNow = watch(
  () => address.route,
  (next) => {
    snapshot = next;
    show();
  },
);
window.addEventListener("hashchange", () => {
  const { route } = address;
  address = readAddress(window.location.hash);
  if (route === address.route) {
    show();
    return;
  }
  snapshot = { ...snapshot, detail: null, history: null };
  show();
  window.scrollTo(0, 0);
  document.querySelector<HTMLElement>("h2")?.focus();
  pollNow();
});
window.setInterval(() => {
  if (!document.hidden) show();
}, TICK_MS);
show();
