import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Where distributions put it; `CHROMIUM` names another one. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const START_TIME_LIMIT_MS = 60_000;

/** The path of a Chromium on this machine; null: there is none. */
export function findChromium(): string | null {
  const named = process.env["CHROMIUM"];
  return (named === undefined ? PLACES : [named]).find((path) => existsSync(path)) ?? null;
}

/** Starts the Chromium of this machine. */
export function startBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error("no Chromium on this machine; CHROMIUM may name one");
  // The sandbox needs rights that containers do not have; it sees nothing but our own page.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"], timeout: START_TIME_LIMIT_MS });
}
