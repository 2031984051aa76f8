import { Command } from "commander";
import { expect, it } from "vitest";
import { withClusterSettings } from "../../../src/cli/wiring/clusterSettings.ts";

it.each([
  [["--as-group=[]"], []],
  [
    ["--as-group", "oncall", "--as-group", "system:masters"],
    ["oncall", "system:masters"],
  ],
  [["--as-group=[oncall,system:masters]"], ["oncall", "system:masters"]],
  [['--as-group=["a, b","c ""d""",e]'], ["a, b", 'c "d"', "e"]],
  [["--as-group=a,b"], ["a,b"]],
])("reads %j, also as the linkerd CLI hands lists on", (args, asGroup) => {
  expect(withClusterSettings(new Command("check")).parse(args, { from: "user" }).opts()).toEqual({ asGroup });
});
