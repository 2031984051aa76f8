import { describe, expect, it } from "vitest";
import { hrefOf, readAddress } from "../../src/page/address.ts";

describe("the address of the page", () => {
  it.each([
    "#/",
    "#/routes/HTTPRoute.policy.linkerd.io/shop/a%20b",
    "#/?q=web+east&only=failing&sort=-success&group=namespace&zone=utc",
    "#/routes/TrafficSplit/shop/web?range=360&zone=utc",
  ])("%s is read and written again", (hash) => {
    expect(hrefOf(readAddress(hash))).toBe(hash);
  });

  it.each(["", "#", "#/?only=bad&sort=size&range=7&zone=mars", "#/routes/%E0%A4%A", "#main"])("%j is that of all routes", (hash) => {
    expect(hrefOf(readAddress(hash))).toBe("#/");
  });
});
