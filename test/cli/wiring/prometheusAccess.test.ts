import { expect, it } from "vitest";
import { prometheusAccess } from "../../../src/cli/wiring/prometheusAccess.ts";

const URL = { prometheusUrl: "https://p.example" };

it("is null without a URL", () => expect(prometheusAccess({ prometheusCaFile: "a" })).toBeNull());

it("has what the settings say", () => {
  const settings = {
    ...URL,
    prometheusUsername: "me",
    prometheusPasswordFile: "password",
    prometheusCaFile: "ca",
    prometheusClientCertFile: "cert",
    prometheusClientKeyFile: "key",
    prometheusHeader: ["A=b", "C=d\nE=f=g"],
    prometheusHeadersFile: "headers",
    prometheusParam: ["dedup=true"],
  };
  expect(prometheusAccess(settings)).toEqual({
    url: "https://p.example",
    auth: { kind: "basic", username: "me", passwordFile: "password" },
    headers: [
      ["A", "b"],
      ["C", "d"],
      ["E", "f=g"],
    ],
    headersFile: "headers",
    tls: { caFile: "ca", client: { certFile: "cert", keyFile: "key" } },
    params: [["dedup", "true"]],
    select: undefined,
  });
});

it("puts the selector into any number of queries", () => {
  const select = prometheusAccess({ ...URL, prometheusSelector: 'cluster="west"' })?.select;
  for (let i = 0; i < 2_500; i += 1) expect(select?.(`up${i % 1_250}`)).toBe(`up${i % 1_250}{cluster="west"}`);
  expect(select?.("up(")).toBeNull();
  expect(select?.("up(")).toBeNull();
});
