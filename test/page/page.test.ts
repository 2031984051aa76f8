import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type Axe from "axe-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findChromium, startBrowser } from "./browser.ts";
import { smallPng } from "./smallPng.ts";
import { STATES } from "./states.ts";
import { type StoryServer, serveStory } from "./storyServer.ts";

const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const IMAGES = new URL("../../docs/images/", import.meta.url);
/** `UPDATE_SCREENSHOTS=1` updates the screenshots in the docs. */
const SCREENSHOTS = process.env["UPDATE_SCREENSHOTS"] === "1";
const SHOWN_WITHIN_MS = 15_000;
const MANY_ROUTES = 1_000;
/** Rows that may be in the document at once, however many routes there are. */
const MOST_ROWS = 120;
/** The image of a state has the width of the text of the docs, and no more height than it needs. */
const STATE_VIEW = { width: 1_200, height: 560 };

let browser: Browser;
const contexts: BrowserContext[] = [];
const servers: StoryServer[] = [];

// Without a browser these tests are skipped; the release pipeline has one.
describe.skipIf(findChromium() === null)("the status page, in a browser", () => {
  beforeAll(async () => {
    browser = await startBrowser();
  });

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  afterAll(() => browser.close());

  it.each(STATES)("tells in the state $name who is hurt, why, and what happens next", async ({ name, play, says, route, routeSays }) => {
    const server = await play();
    servers.push(server);
    const page = await open(`${server.url}/#/?zone=utc`, { viewport: STATE_VIEW });
    for (const text of says) await shows(page.locator("body"), text);
    expect(await barriers(page)).toEqual([]);
    await take(page, `state-${name}`);
    await page.goto(`${server.url}/#/routes/${route}?zone=utc`);
    await page.locator(".chart svg").first().waitFor({ timeout: SHOWN_WITHIN_MS });
    for (const text of routeSays) await shows(page.locator("main"), text);
    expect(await barriers(page)).toEqual([]);
    await take(page, `route-${name}`, name === "returning");
  });

  it("shows a failover and the return as they happen", async () => {
    const server = await story("split web: web 100, east 0", "split cart: cart 1, cart-west 0", "traffic 40/s");
    await server.pass(60);
    const page = await open(server.url);
    await counts(page, "2 healthy");

    server.tell("web: 10% good");
    await server.pass(10);
    await counts(page, "1 users are failing");
    await shows(page.locator(".card"), "Traffic moves if this lasts.");
    await server.pass(20);
    await counts(page, "1 shifted");
    await shows(page.locator(".story"), "Moved to east");
    expect(await page.title()).toBe("linkerd-failover");

    await page.getByRole("link", { name: "web", exact: true }).first().click();
    await shows(page.locator("main"), "send all traffic to web for an hour");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H2");

    server.tell("web: well");
    await server.pass(120);
    await shows(page.locator("main"), "returning");
    await server.pass(180);
    await shows(page.locator("main"), "All of its load is where its owner wants it.");
    await shows(page.locator(".story"), "web has all of its traffic again");
    await page.getByRole("link", { name: "all routes" }).click();
    await counts(page, "2 healthy");
  });

  it("keeps what was seen at a failover, also over a restart", async () => {
    const server = await story("split web: web 100, east 0", "traffic 40/s");
    await server.pass(60);
    server.tell("web: 60% good");
    await server.pass(60);
    await server.restart();
    await server.pass(60);
    const page = await open(`${server.url}/#/routes/TrafficSplit/shop/web`);
    await shows(page.locator(".story"), "requests to web succeeded");
    await shows(page.locator(".card"), "Moved to east");
  });

  it("says that a replica stands by, who leads, and that the controller no longer answers", async () => {
    const server = await story("split web: web 100, east 0");
    const page = await open(server.url);
    await shows(page.locator("header"), "this replica leads");
    server.report({ leader: false, replica: "linkerd-failover-b", leaderName: "linkerd-failover-a" });
    await shows(page.locator("header"), "You see linkerd-failover-b, which stands by");
    await shows(page.locator("header"), "kubectl -n linkerd-failover port-forward pod/linkerd-failover-a 8080");
    server.report({ leader: null });
    await shows(page.locator("header"), "dry run: nothing is written");
    await servers.splice(0)[0]?.stop();
    await shows(page.getByRole("alert"), "the controller does not answer");
    await shows(page.getByRole("alert"), "this page shows the state at");
  });

  it("shows in a dry run what would be done", async () => {
    const server = await story("split web: web 100, east 0", "traffic 40/s");
    await server.pass(60);
    server.refuse({ outcome: "dryRun" });
    server.tell("web: 10% good");
    await server.pass(30);
    const page = await open(server.url);
    await shows(page.locator(".story"), "Would move traffic to east");
    await shows(page.locator(".story"), "this is a dry run");
  });

  it("says that requests are not known where they are, and that there are none where there are none", async () => {
    const server = await story("split web: web 100, east 0", "traffic 40/s");
    await server.pass(60);
    server.tell("traffic 0/s");
    await server.pass(60);
    const page = await open(server.url);
    await shows(page.locator("table"), "no requests");
    server.tell("prometheus down");
    await server.pass(60);
    await shows(page.locator("table"), "not known");
  });

  it("shows everything from the cluster as plain text", async () => {
    const evil = "<img src=x onerror=window.evil=1>";
    const server = await story("split web: web 100, east 0", `annotate web: failover.linkerd.io/primary-service=${evil}`);
    const page = await open(server.url);
    await shows(page.locator(".card"), evil);
    expect(await page.evaluate(() => "evil" in window)).toBe(false);
    await page.goto(`${server.url}/#/routes/%E0%A4%A`);
    await shows(page.getByRole("heading", { level: 2 }), "Latest decisions");
    await page.goto(`${server.url}/#/routes/TrafficSplit/shop/gone`);
    await shows(page.locator("main"), "There is no managed route with this name");
  });

  it("keeps search, severity, order, range and zone in the URL", async () => {
    const server = await story(
      "split web: web 100, east 0",
      "split cart: cart 1, cart-west 0",
      "split api: api 1, api-west 0",
      "annotate cart: failover.linkerd.io/primary-service=unknown",
    );
    const page = await open(server.url);
    const names = () => page.locator(".card h3 a, td.name a").allTextContents();
    await counts(page, "1 need attention");
    expect(await names()).toEqual(["cart", "shop/api", "shop/web"]);
    await page.getByRole("searchbox", { name: "Search" }).fill("EAST web");
    expect(await names()).toEqual(["shop/web"]);
    expect(page.url()).toContain("q=EAST+web");
    await page.getByRole("searchbox").fill("no such route");
    await shows(page.locator("main"), "No route matches.");
    await page.getByRole("searchbox").fill("");
    await page.getByRole("link", { name: "route", exact: true }).click();
    await expect.poll(names).toEqual(["cart", "shop/web", "shop/api"]);
    await page.getByRole("link", { name: /need attention/ }).click();
    await expect.poll(names).toEqual(["cart"]);
    await page.getByRole("link", { name: "local time" }).click();
    await page.reload();
    await expect.poll(names).toEqual(["cart"]);
    expect(page.url()).toMatch(/only=attention/);
    expect(page.url()).toMatch(/zone=utc/);
    await page.getByRole("link", { name: "cart", exact: true }).click();
    await page.getByRole("link", { name: "6 h" }).click();
    expect(page.url()).toMatch(/range=360/);
    await page.goBack();
    expect(page.url()).not.toMatch(/range=360/);
  });

  it("reads the chart out at any time in it, by keyboard", async () => {
    const server = await story("split web: web 100, east 0", "traffic 40/s");
    await server.pass(120);
    const page = await open(`${server.url}/#/routes/TrafficSplit/shop/web?zone=utc`);
    await shows(page.locator(".readout"), "02:52:00: web 100 % of the weight, 100 % of 40/s good; east 0 % of the weight, no requests");
    await page.getByRole("slider", { name: "time in the chart" }).focus();
    await page.keyboard.press("Home");
    await shows(page.locator(".readout"), "web not known");
  });

  it("can be used with the keyboard alone", async () => {
    const server = await story("split web: web 100, east 0");
    const page = await open(server.url);
    await shows(page.locator("table"), "shop/web");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the routes");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    for (let i = 0; i < 12 && !(await page.evaluate(() => document.activeElement?.matches("td a"))); i++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await shows(page.getByRole("heading", { level: 2 }), "web");
  });

  it("copies a command", async () => {
    const server = await story("split web: web 100, east 0");
    const page = await open(`${server.url}/#/routes/TrafficSplit/shop/web`, { permissions: ["clipboard-read", "clipboard-write"] });
    await page.getByRole("button", { name: "copy: linkerd-failover freeze -n shop trafficsplit/web --for 1h" }).click();
    await shows(page.locator(".copy"), "copied");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("linkerd-failover freeze -n shop trafficsplit/web --for 1h");
  });

  it.each([
    ["light", 375],
    ["dark", 375],
    ["light", 768],
    ["dark", 1_440],
    ["light", 2_560],
  ] as const)("passes axe, %s and %i px wide, and never scrolls sideways", async (colorScheme, width) => {
    const server = await story(
      "split web: web 100, east 0",
      "split a-route-with-quite-a-long-name: a-service-with-a-name-of-sixty-three-characters-as-long-as-may 1, b 0",
      "split cart: cart 1, cart-west 0",
      "traffic 40/s",
      "web: 10% good",
      "annotate cart: failover.linkerd.io/freeze=true",
      "cart: 0 of 2 ready",
    );
    await server.pass(60);
    const page = await open(server.url, { colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" });
    await shows(page.locator("table"), "shop/a-route");
    expect(await barriers(page)).toEqual([]);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    if (width === 375) await take(page, `phone-${colorScheme}`);
    await page.getByRole("link", { name: "web", exact: true }).first().click();
    await page.locator(".chart svg").first().waitFor();
    expect(await barriers(page)).toEqual([]);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
  });

  it("sends no requests elsewhere, and obeys its own policy", async () => {
    const server = await story("split web: web 100, east 0");
    const asked: string[] = [];
    const errors: string[] = [];
    const context = await browser.newContext();
    contexts.push(context);
    const page = await context.newPage();
    page.on("request", (request) => asked.push(new URL(request.url()).origin));
    page.on("console", (message) => void (message.type() === "error" && errors.push(message.text())));
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(server.url);
    await shows(page.locator("table"), "shop/web");
    await page.goto(`${server.url}/#/routes/TrafficSplit/shop/web`);
    await page.locator(".chart svg").first().waitFor();
    expect([...new Set(asked)].filter((origin) => origin !== "null")).toEqual([server.url]);
    expect(errors).toEqual([]);
  });

  it(`has few rows of ${MANY_ROUTES} routes in the document, scrolls to the last one, and finds any`, async () => {
    const server = await story(
      ...Array.from({ length: MANY_ROUTES }, (_, i) => `split route-${String(i).padStart(4, "0")}: a-${i} 100, b-${i} 0`),
      "traffic 40/s",
    );
    await server.pass(10);
    const page = await open(server.url);
    await counts(page, `${MANY_ROUTES} healthy`);
    const rows = () => page.locator("td.name").count();
    await expect.poll(rows).toBeGreaterThan(10);
    expect(await rows()).toBeLessThan(MOST_ROWS);
    expect(await page.locator("table").getAttribute("aria-rowcount")).toBe(String(MANY_ROUTES + 1));
    await page.locator("#decisions-title").scrollIntoViewIfNeeded();
    await shows(page.locator("table"), "shop/route-0999");
    expect(await rows()).toBeLessThan(MOST_ROWS);
    await page.getByRole("searchbox").fill("route-0777");
    await expect.poll(rows).toBe(1);
  });
});

async function story(...commands: readonly string[]): Promise<StoryServer> {
  const server = await serveStory(commands);
  servers.push(server);
  return server;
}

async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ timezoneId: "UTC", locale: "en-GB", ...options });
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(SHOWN_WITHIN_MS);
  await page.goto(url);
  return page;
}

/** The page polls, so the text may take a moment to appear. */
async function shows(locator: ReturnType<Page["locator"]>, text: string): Promise<void> {
  await locator.filter({ hasText: text }).first().waitFor({ state: "visible", timeout: SHOWN_WITHIN_MS });
}

/** The numbers of routes by severity, as a screen reader hears them. */
async function counts(page: Page, text: string): Promise<void> {
  await page.getByRole("status").filter({ hasText: text }).first().waitFor({ state: "attached", timeout: SHOWN_WITHIN_MS });
}

async function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

async function barriers(page: Page): Promise<readonly string[]> {
  // The policy of the page forbids foreign scripts, so the browser itself injects this one.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => (window as never as { axe: typeof Axe }).axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}

async function take(page: Page, name: string, wanted = true): Promise<void> {
  if (SCREENSHOTS && wanted) writeFileSync(new URL(`${name}.png`, IMAGES), smallPng(await page.screenshot({ fullPage: true })));
}
