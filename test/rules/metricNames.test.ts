import { expect, it } from "vitest";
import { metricNames } from "../../src/rules/metricNames.ts";

it.each([
  ['max(queue_depth{service="{{service}}"}) / sum(rate(job:errors[5m]))', ["job:errors", "queue_depth"]],
  ['{"queue.depth", service="a"}', ["queue.depth"]],
  ['{__name__="queue_depth", service="a"} or {__name__=~"queue_.*"}', ["queue_depth"]],
  ['{"__name__"="queue_depth"}', ["queue_depth"]],
  ['{__name__="{{service}}_depth"}', []],
  ['sum by ("a.b") (queue_depth{"c.d"="x"})', ["queue_depth"]],
  ["up offset 5m and on (job) up @ end()", ["up"]],
  ["vector(1) # up", []],
])("%s has the metrics %j", (query, names) => expect(metricNames(query)).toEqual(names));
