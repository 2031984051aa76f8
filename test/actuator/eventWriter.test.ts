import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EVENT_TIME_LIMIT_MS, EventWriter, LONGEST_NOTE_BYTES, MOST_WAITING_EVENTS } from "../../src/actuator/eventWriter.ts";
import { problemEvent, shiftEvent } from "../../src/actuator/routeEvent.ts";
import type { Decision } from "../../src/evaluator/model/decision.ts";
import type { KubeResult } from "../../src/kube/kubeApi.ts";
import { decision, route } from "./decisions.ts";
import { type Answer, failed, fakeKube, ok } from "./fakeKube.ts";

const EVENT = shiftEvent(route(), decision(route()), "moved 100 of 100 from web to east");

function writerWith(answer: Answer, dryRun = false, isBusy = () => false) {
  const { kube, sent } = fakeKube(answer);
  const lost: string[] = [];
  const nowMs = () => Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const writer = new EventWriter({
    kube,
    instance: "pod-1_abc",
    dryRun,
    nowMs,
    isBusy,
    onLost: (event, why) => lost.push(`${event.reason} ${why}`),
  });
  return { writer, sent, lost };
}

async function noteOf(text: string): Promise<string> {
  const { writer, sent } = writerWith(() => ok());
  writer.tell(shiftEvent(route(), decision(route()), text));
  await writer.stop(1_000);
  const body = sent[0]?.body as { note: string } | undefined;
  return body?.note ?? "";
}

describe("an Event", () => {
  it("is of events.k8s.io/v1, about the route", async () => {
    const { writer, sent } = writerWith(() => ok());
    writer.tell(EVENT);
    await writer.stop(1_000);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ path: "/apis/events.k8s.io/v1/namespaces/shop/events", options: { timeLimitMs: EVENT_TIME_LIMIT_MS } });
    expect(sent[0]?.body).toEqual({
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { generateName: "web-", namespace: "shop" },
      eventTime: "2026-01-02T03:04:05.678000Z",
      type: "Warning",
      reason: "Failover",
      action: "ShiftTraffic",
      note: "moved 100 of 100 from web to east",
      reportingController: "linkerd-failover",
      reportingInstance: "pod-1_abc",
      regarding: {
        apiVersion: "split.smi-spec.io/v1alpha2",
        kind: "TrafficSplit",
        namespace: "shop",
        name: "web",
        uid: "u1",
        resourceVersion: "7",
      },
    });
  });

  it("has the plain kind of Linkerd's own HTTPRoute", async () => {
    const { writer, sent } = writerWith(() => ok());
    const own = { ...route(), kind: "HTTPRoute.policy.linkerd.io", apiVersion: "policy.linkerd.io/v1beta3" } as const;
    writer.tell(problemEvent(own, { problem: "unknown-primary", text: "no" }));
    await writer.stop(1_000);
    expect(sent[0]?.body).toMatchObject({ regarding: { kind: "HTTPRoute", apiVersion: "policy.linkerd.io/v1beta3" } });
  });

  it.each<[Decision["direction"], number, string, string]>([
    ["failover", 0, "Failover", "Warning"],
    ["return", 50, "Return", "Normal"],
    ["restore", 100, "Restore", "Normal"],
    ["pin", 0, "Failover", "Warning"],
    ["pin", 100, "Return", "Normal"],
  ])("of a %s that gives the primary %i is a %s (%s)", (direction, web, reason, type) => {
    expect(shiftEvent(route(), decision(route(), web, 100 - web, direction), "")).toMatchObject({ reason, type });
  });

  it("of a problem is a warning", () => {
    const event = problemEvent(route(), { problem: "no-weights", text: "all weights are 0" });
    expect(event).toMatchObject({ reason: "Problem", type: "Warning", note: "no-weights: all weights are 0" });
  });

  it("has a note that fits, cut between characters", async () => {
    expect(await noteOf("x".repeat(LONGEST_NOTE_BYTES))).toBe("x".repeat(LONGEST_NOTE_BYTES));
    for (const text of ["x", "é", "€", "🛒", "x🛒", "xx€"]) {
      const note = await noteOf(text.repeat(2_000));
      expect(Buffer.byteLength(note)).toBeLessThanOrEqual(LONGEST_NOTE_BYTES);
      expect(Buffer.byteLength(note)).toBeGreaterThan(LONGEST_NOTE_BYTES - 8);
      expect(note).not.toContain("\ufffd");
      expect(note.endsWith("…")).toBe(true);
    }
  });
});

describe("best effort", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("an Event that the API server refuses is lost and reported", async () => {
    const { writer, lost } = writerWith(() => failed(403, "Forbidden", "not allowed"));
    writer.tell(EVENT);
    await writer.stop(1_000);
    expect(lost).toEqual(["Failover Forbidden: not allowed"]);
  });

  it("of too many waiting Events one stands for those that follow, of each namespace and reason", async () => {
    const release: (() => void)[] = [];
    const { writer, sent, lost } = writerWith(() => new Promise<KubeResult<unknown>>((resolve) => release.push(() => resolve(ok()))));
    for (let i = 0; i < MOST_WAITING_EVENTS + 4; i += 1) writer.tell(EVENT);
    for (let i = 0; i < 12; i += 1) writer.tell(shiftEvent(route(`r${i}`), decision(route()), `text ${i}`));
    writer.tell(shiftEvent(route("back"), decision(route(), 100, 0, "return"), "back again"));
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toHaveLength(4);
    const stopped = writer.stop(1_000);
    while (release.length > 0) {
      release.shift()?.();
      await vi.advanceTimersByTimeAsync(0);
    }
    await stopped;
    expect(lost).toEqual([]);
    expect(sent).toHaveLength(MOST_WAITING_EVENTS + 4 + 2);
    const notes = sent.slice(-2).map(({ body }) => (body as { note: string }).note);
    const named = Array.from({ length: 10 }, (_, i) => `r${i}`).join(", ");
    expect(notes).toEqual([
      `12 routes of this namespace, too many for an Event each: ${named}, and 2 more. The first of them: text 0`,
      "back again",
    ]);
  });

  it("an API server that has too many requests gets none for a moment, and then one for several", async () => {
    let refuses = true;
    const { writer, sent, lost } = writerWith(() => (refuses ? failed(429, "TooManyRequests", "slow down") : ok()));
    for (let i = 0; i < 4; i += 1) writer.tell(shiftEvent(route(`r${i}`), decision(route()), `text ${i}`));
    await vi.advanceTimersByTimeAsync(0);
    refuses = false;
    await vi.advanceTimersByTimeAsync(999);
    expect(sent).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toHaveLength(5);
    expect(sent[4]?.body).toMatchObject({ note: expect.stringContaining("4 routes of this namespace") });
    expect(lost).toEqual([]);
  });

  it("leaves the API server to writes of routes while these wait", async () => {
    let isBusy = true;
    const release: (() => void)[] = [];
    const answer = () => new Promise<KubeResult<unknown>>((resolve) => release.push(() => resolve(ok())));
    const { writer, sent } = writerWith(answer, false, () => isBusy);
    for (let i = 0; i < 10; i += 1) writer.tell(EVENT);
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toHaveLength(1);
    isBusy = false;
    release.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toHaveLength(5);
  });

  it("a stop waits no longer than its limit", async () => {
    const { writer, sent } = writerWith(() => new Promise<KubeResult<unknown>>(() => undefined));
    for (let i = 0; i < 10; i += 1) writer.tell(EVENT);
    const stopped = vi.fn<() => void>();
    void writer.stop(1_000).then(stopped);
    await vi.advanceTimersByTimeAsync(999);
    expect(stopped).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(stopped).toHaveBeenCalled();
    expect(sent[0]?.options.signal?.aborted).toBe(true);
    writer.tell(EVENT);
    await vi.advanceTimersByTimeAsync(10);
    expect(sent).toHaveLength(4);
  });

  it("a dry run writes no Event", async () => {
    const { writer, sent } = writerWith(() => ok(), true);
    writer.tell(EVENT);
    await writer.stop(1_000);
    expect(sent).toEqual([]);
  });
});
