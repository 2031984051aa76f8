import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type Axe from "axe-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findChromium, startBrowser } from "./browser.ts";
import { type StoryServer, serveStory } from "./storyServer.ts";

const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const IMAGES = new URL("../../docs/images/", import.meta.url);
/** `UPDATE_SCREENSHOTS=1` updates the screenshots in the docs. */
const SCREENSHOTS = process.env["UPDATE_SCREENSHOTS"] === "1";
const TICKS_BEFORE_SCREENSHOT = 30;
const SHOWN_WITHIN_MS = 15_000;
const MANY_ROUTES = 1_000;
/** Generous, for a busy machine. */
const SMOOTH_MS = 3_000;

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

  it("shows a failover and the return as they happen", async () => {
    const server = await story("split web: web 100, east 0", "split cart: cart 1, cart-west 0", "traffic 40/s");
    server.pass(60);
    if (SCREENSHOTS) await server.passSampled(TICKS_BEFORE_SCREENSHOT);
    const page = await open(server.url);
    const web = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: /shop\/web/ }) });
    await shows(web, "at its baseline");
    await shows(web, "standby");
    await shows(web, "100 %");
    await shows(page.getByRole("status"), "2 routes, none shifted");

    server.tell("web: 10% good");
    await server.passSampled(3);
    await shows(web, "suspect");
    await shows(web, "removed if this lasts another");
    await server.passSampled(2);
    await shows(web, "shifted");
    await shows(web, "web: waiting: must be good for 1m before any traffic returns");
    await shows(page.getByRole("status"), "2 routes, 1 shifted");
    await shows(page.locator(".timeline"), "failover (successRate): web 100 → 0, east 0 → 100");
    await take(page, "status-failover");

    await page.getByRole("link", { name: "TrafficSplit/shop/web" }).first().click();
    await shows(page.locator("main"), "Judged by rule default; its primary is web.");
    await shows(page.locator("main"), "removed because of successRate");
    await shows(page.locator("pre"), "linkerd-failover explain TrafficSplit/web -n shop");
    await take(page, "status-route");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H2");

    server.tell("web: well");
    server.pass(120);
    await shows(page.locator("main"), "returning");
    server.pass(180);
    await shows(page.locator("main"), "at its baseline");
    await page.getByRole("link", { name: "all routes" }).click();
    await shows(page.getByRole("status"), "none shifted");
  });

  it("shows warnings that concern all routes, and that the controller no longer answers", async () => {
    const server = await story("split web: web 100, east 0");
    const page = await open(server.url);
    await shows(page.getByRole("status"), "this replica writes");
    server.report({
      leader: false,
      observer: { resources: [], prometheusUp: false, queries: { success: 0, partial: 0, error: 1, timeout: 0 }, leftOut: new Map() },
    });
    await shows(page.getByRole("status"), "this replica watches and writes nothing");
    await shows(page.getByRole("alert"), "Prometheus does not answer, so metrics move nothing");
    await servers.splice(0)[0]?.stop();
    await shows(page.getByRole("alert"), "the controller does not answer");
    await shows(page.getByRole("alert"), "this page shows the state at");
  });

  it("shows everything from the cluster as plain text", async () => {
    const evil = "<img src=x onerror=window.evil=1>";
    const server = await story("split web: web 100, east 0", `annotate web: failover.linkerd.io/primary-service=${evil}`);
    const page = await open(server.url);
    await shows(page.locator(".why"), evil);
    expect(await page.evaluate(() => "evil" in window)).toBe(false);
    await page.goto(`${server.url}/#/routes/%E0%A4%A`);
    await shows(page.getByRole("heading", { level: 2, name: "Routes" }), "Routes");
    await page.goto(`${server.url}/#/routes/TrafficSplit/shop/gone`);
    await shows(page.locator("main"), "There is no managed route with this name");
  });

  it("filters routes by text, shifted routes and problems", async () => {
    const server = await story(
      "split web: web 100, east 0",
      "split cart: cart 1, cart-west 0",
      "annotate cart: failover.linkerd.io/primary-service=unknown",
    );
    const page = await open(server.url);
    const keys = () => page.locator(".route h3 a").allTextContents();
    await shows(page.locator(".routes"), "shop/cart");
    await page.getByRole("searchbox", { name: "Search" }).fill("CART west");
    expect(await keys()).toEqual(["TrafficSplit/shop/cart"]);
    await page.getByRole("searchbox").fill("no such route");
    await shows(page.locator("main"), "No route matches.");
    await page.getByRole("searchbox").fill("");
    await page.getByRole("radio", { name: "with problems" }).check();
    expect(await keys()).toEqual(["TrafficSplit/shop/cart"]);
    await page.getByRole("radio", { name: "shifted", exact: true }).check();
    expect(await keys()).toEqual([]);
  });

  it("can be used with the keyboard alone", async () => {
    const server = await story("split web: web 100, east 0");
    const page = await open(server.url);
    await shows(page.locator(".routes"), "shop/web");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the routes");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    for (let i = 0; i < 8 && !(await page.evaluate(() => document.activeElement?.matches(".route a"))); i++)
      await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await shows(page.getByRole("heading", { level: 2 }), "TrafficSplit/shop/web");
  });

  it.each([
    ["light", 1_280],
    ["dark", 1_280],
    ["light", 375],
    ["dark", 375],
  ] as const)("passes axe, %s and %i px wide, and never scrolls sideways", async (colorScheme, width) => {
    const server = await story(
      "split web: web 100, east 0",
      "split a-route-with-quite-a-long-name: a-service-with-a-name-of-sixty-three-characters-as-long-as-may-be 1, b 0",
      "traffic 40/s",
      "web: 10% good",
    );
    server.pass(60);
    server.report({
      observer: { resources: [], prometheusUp: false, queries: { success: 0, partial: 0, error: 1, timeout: 0 }, leftOut: new Map() },
    });
    const page = await open(server.url, { colorScheme, viewport: { width, height: 800 } });
    await shows(page.locator(".routes"), "shop/web");
    expect(await barriers(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    if (width === 375) await take(page, `status-phone-${colorScheme}`);
    await page.getByRole("link", { name: "TrafficSplit/shop/web" }).first().click();
    await shows(page.locator("main"), "Judged by rule");
    expect(await barriers(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
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
    await shows(page.locator(".routes"), "shop/web");
    expect([...new Set(asked)].filter((origin) => origin !== "null")).toEqual([server.url]);
    expect(errors).toEqual([]);
  });

  it(`stays smooth with ${MANY_ROUTES} routes`, async () => {
    const server = await story(...Array.from({ length: MANY_ROUTES }, (_, i) => `split route-${i}: a-${i} 100, b-${i} 0`), "traffic 40/s");
    server.pass(30);
    const page = await open(server.url);
    await shows(page.getByRole("status"), `${MANY_ROUTES} routes`);
    const startedMs = performance.now();
    await page.getByRole("searchbox").fill("route-777");
    await page.waitForFunction(() => document.querySelectorAll(".route").length === 1);
    await page.getByRole("searchbox").fill("");
    await page.waitForFunction((count) => document.querySelectorAll(".route").length === count, MANY_ROUTES);
    expect(performance.now() - startedMs).toBeLessThan(SMOOTH_MS);
  });
});

async function story(...commands: readonly string[]): Promise<StoryServer> {
  const server = await serveStory(...commands);
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

async function barriers(page: Page): Promise<readonly string[]> {
  // The policy of the page forbids foreign scripts, so the browser itself injects this one.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => (window as never as { axe: typeof Axe }).axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}

async function take(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS) await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, IMAGES)), fullPage: true });
}
