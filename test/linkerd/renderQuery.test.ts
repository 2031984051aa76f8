import { expect, it } from "vitest";
import { renderQuery } from "../../src/linkerd/renderQuery.ts";

const VALUES = { namespace: "shop", service: "web-east", cluster: "", route: "web" };

it("replaces placeholders with values", () => {
  const text = 'max(depth{ns="{{namespace}}",svc="{{service}}",c="{{cluster}}",r=~"{{route}}|{{route}}"})';
  expect(renderQuery(text, VALUES)).toBe('max(depth{ns="shop",svc="web-east",c="",r=~"web|web"})');
});

it("does not change other text", () => {
  const text = 'sum by (a) ({b="{{other}}",c="{namespace}",d="{{ route }}"})';
  expect(renderQuery(text, VALUES)).toBe(text);
});

it("inserts a value literally, even with replacement patterns in it", () => {
  expect(renderQuery('"{{service}}"', { ...VALUES, service: "$&{{route}}$1" })).toBe('"$&{{route}}$1"');
});

it.each([
  ['a"} or vector(1) #', String.raw`a\u0022} or vector(1) #`],
  ["a'b", String.raw`a\u0027b`],
  ["a`b", String.raw`a\u0060b`],
  ["a\\", String.raw`a\u005c`],
  ["a\nb\r\t\0", String.raw`a\u000ab\u000d\u0009\u0000`],
  ["ü-日", "ü-日"],
])("%j cannot break out of its string", (service, rendered) => {
  expect(renderQuery('up{a="{{service}}"}', { ...VALUES, service })).toBe(`up{a="${rendered}"}`);
});
