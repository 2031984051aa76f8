import { describe, expect, it } from "vitest";
import { readArguments } from "../../demo/arguments.ts";
import { HTTP_ROUTE } from "../../demo/httpRoute.ts";
import { TRAFFIC_SPLIT } from "../../demo/trafficSplit.ts";

describe("readArguments", () => {
  it.each([
    [[], { once: false, route: HTTP_ROUTE }],
    [["--once"], { once: true, route: HTTP_ROUTE }],
    [["--route", "httproute"], { once: false, route: HTTP_ROUTE }],
    [["--once", "--route=trafficsplit"], { once: true, route: TRAFFIC_SPLIT }],
  ])("reads %j", (args, expected) => {
    expect(readArguments(args)).toEqual(expected);
  });

  it.each([[["--route", "tcproute"]], [["--route"]], [["--twice"]], [["web"]]])("returns the usage for %j", (args) => {
    expect(readArguments(args)).toMatch(/\nusage: npm run demo -- \[--once\] \[--route httproute\|trafficsplit\]$/);
  });
});
