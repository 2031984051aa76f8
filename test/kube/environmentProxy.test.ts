import { expect, it } from "vitest";
import { environmentProxy } from "../../src/kube/environmentProxy.ts";

const PROXY = "http://proxy.test:3128";

function isProxied(server: string, noProxy: string): boolean {
  const found = environmentProxy(new URL(server), { HTTPS_PROXY: PROXY, NO_PROXY: noProxy });
  if ("problem" in found) throw new Error(found.problem);
  return found.proxy !== null;
}

/** The answers of golang.org/x/net/http/httpproxy v0.57.0, which kubectl uses. */
it.each<[server: string, noProxy: string, proxied: boolean]>([
  ["https://api.shop.test:6443", "", true],
  ["https://api.shop.test:6443", "shop.test", false],
  ["https://shop.test:6443", "shop.test", false],
  ["https://shop.test:6443", ".shop.test", true],
  ["https://api.shop.test:6443", ".shop.test", false],
  ["https://shop.test:6443", "*.shop.test", true],
  ["https://api.shop.test:6443", "*.shop.test", false],
  ["https://workshop.test:6443", "shop.test", true],
  ["https://api.shop.test:6443", "shop.test:6443", false],
  ["https://api.shop.test:6443", "shop.test:443", true],
  ["https://api.shop.test", "shop.test:443", false],
  ["https://API.Shop.test:6443", " other.test , SHOP.TEST ", false],
  ["https://api.shop.test:6443", "other.test shop.test", true],
  ["https://api.shop.test:6443", "*", false],
  ["https://api.shop.test:6443", "other.test, *", false],
  ["https://api.shop.test:6443", "*:6443", true],
  ["https://10.1.2.3:6443", "10.0.0.0/8", false],
  ["https://10.1.2.3:6443", "10.0.0.1/8", false],
  ["https://10.1.2.3:6443", "10.2.0.0/16", true],
  ["https://10.1.2.3:6443", "10.1.2.3", false],
  ["https://10.1.2.3:6443", "10.1.2.3:6443", false],
  ["https://10.1.2.3:6443", "10.1.2.3:443", true],
  ["https://10.1.2.3:6443", "2.3", true],
  ["https://10.1.2.3:6443", "*", false],
  ["https://10.1.2.3:6443", "10.0.0.0/33", true],
  ["https://[fd00::7]:6443", "fd00::/8", false],
  ["https://[fd00::7]:6443", "fd00::7", false],
  ["https://[fd00::7]:6443", "[fd00::7]", true],
  ["https://[fd00::7]:6443", "[fd00::7]:6443", false],
  ["https://[fd00::7]:6443", "[fd00::7]:443", true],
  ["https://[::ffff:10.1.2.3]:6443", "10.0.0.0/8", false],
  ["https://localhost:6443", "", false],
  ["https://127.0.0.1:6443", "", false],
  ["https://127.8.0.1:6443", "", false],
  ["https://[::1]:6443", "", false],
  ["https://api.localhost:6443", "", true],
  ["https://bücher.test:6443", "bücher.test", false],
  ["https://api.shop.test:6443", ":6443", true],
  ["https://api.shop.test:6443", ",,", true],
  ["https://api.shop.test.:6443", "shop.test", true],
  ["https://api.shop.test:6443", "api.shop.test.", true],
])("%s with NO_PROXY=%s is proxied: %s", (server, noProxy, proxied) => {
  expect(isProxied(server, noProxy)).toBe(proxied);
});

const SERVER = new URL("https://api.shop.test:6443");

it.each([
  [{}, null],
  [{ HTTPS_PROXY: PROXY }, PROXY],
  [{ https_proxy: PROXY }, PROXY],
  [{ HTTPS_PROXY: "", https_proxy: PROXY }, PROXY],
  [{ HTTPS_PROXY: PROXY, https_proxy: "http://other.test" }, PROXY],
  [{ HTTP_PROXY: PROXY }, null],
  [{ ALL_PROXY: PROXY }, null],
  [{ https_proxy: PROXY, no_proxy: "shop.test" }, null],
  [{ HTTPS_PROXY: "proxy.test:3128" }, "http://proxy.test:3128"],
  [{ HTTPS_PROXY: "proxy.test" }, "http://proxy.test"],
  [{ HTTPS_PROXY: "10.0.0.1:3128" }, "http://10.0.0.1:3128"],
  [{ HTTPS_PROXY: "me:secret@proxy.test:3128" }, "http://me:secret@proxy.test:3128"],
  [{ HTTPS_PROXY: "socks5://proxy.test:1080" }, "socks5://proxy.test:1080"],
])("chooses by the environment %j", (env, proxy) => {
  expect(environmentProxy(SERVER, env)).toEqual({ proxy });
});

it("uses HTTP_PROXY for a plain server only", () => {
  const env = { HTTP_PROXY: "http://plain.test:1", HTTPS_PROXY: PROXY };
  expect(environmentProxy(new URL("http://api.shop.test:8001"), env)).toEqual({ proxy: "http://plain.test:1" });
});

it.each(["http://", "://secret-1", "ftp://me:secret-1@proxy.test", "http://a b"])("refuses %j without quoting it", (text) => {
  const found = environmentProxy(SERVER, { HTTPS_PROXY: text });
  expect(found).toEqual({ problem: "HTTPS_PROXY is not the URL of a proxy, such as http://proxy.example.com:3128" });
});

it("does not read a proxy that is not used", () => {
  expect(environmentProxy(SERVER, { HTTPS_PROXY: "://", NO_PROXY: "*" })).toEqual({ proxy: null });
});
