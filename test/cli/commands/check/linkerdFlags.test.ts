import { Command } from "commander";
import { expect, it } from "vitest";
import { withLinkerdFlags } from "../../../../src/cli/commands/check/linkerdFlags.ts";

function parse(...args: readonly string[]): Record<string, unknown> {
  const command = withLinkerdFlags(new Command("check"))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: "user" }).opts();
}

it.each([
  ["5m0s", 300_000],
  ["0s", 0],
  ["1h0m0s", 3_600_000],
  ["1.5s", 1_500],
  ["1m0.25s", 60_250],
  ["500ms", 500],
])("reads --wait=%s as Go writes it", (text, wait) => {
  expect(parse(`--wait=${text}`)).toEqual({ wait });
});

it("refuses another --wait", () => {
  expect(() => parse("--wait=soon")).toThrow('It is "soon", which is not a duration');
});

it("takes the others, with and without a value", () => {
  expect(parse("--verbose=false", "--proxy", "--linkerd-namespace=linkerd", "--api-addr=a:1")).toEqual({
    ...{ verbose: "false", proxy: true, linkerdNamespace: "linkerd", apiAddr: "a:1" },
  });
});
