import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Where distributions install it; `CHROMIUM` sets another path. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const START_TIME_LIMIT_MS = 60_000;

/** The path of Chromium on this machine; null: none. */
export function findChromium(): string | null {
  const named = process.env["CHROMIUM"];
  return (named === undefined ? PLACES : [named]).find((path) => existsSync(path)) ?? null;
}

/** Starts Chromium. */
export function startBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error("no Chromium on this machine; set CHROMIUM to its path");
  // The sandbox needs rights that containers do not have; only our own page is opened.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"], timeout: START_TIME_LIMIT_MS });
}
