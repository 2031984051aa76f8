import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VirtualTime } from "./virtualTime.ts";

describe("virtual time", () => {
  let time: VirtualTime;
  let uninstall: () => void;
  let seen: string[];
  const note = (text: string) => () => void seen.push(`${text} ${time.elapsedMs}`);

  beforeEach(() => {
    time = new VirtualTime(1_000_000);
    uninstall = time.install();
    seen = [];
  });
  afterEach(() => uninstall());

  it("stops until a test lets it pass, then fires due timers in order", async () => {
    setTimeout(note("b"), 20);
    setTimeout(note("a"), 10);
    setTimeout(note("c"), 20);
    setTimeout(note("d"), 21);
    await time.pass(20);
    expect(seen).toEqual(["a 10", "b 20", "c 20"]);
    expect([Date.now(), performance.now()]).toEqual([1_000_020, 20]);
  });

  it("repeats, refreshes and clears", async () => {
    const repeated = setInterval(note("again"), 4);
    const put = setTimeout(note("late"), 10);
    setTimeout(() => put.refresh(), 5);
    clearTimeout(setTimeout(note("never"), 1));
    setTimeout(() => clearInterval(repeated), 9);
    await time.pass(20);
    expect(seen).toEqual(["again 4", "again 8", "late 15"]);
  });

  it("completes all work after one timer before the next one", async () => {
    const follow = async () => {
      await Promise.resolve();
      await new Promise((resolve) => process.nextTick(resolve));
      note("followed")();
      setTimeout(note("set meanwhile"), 2);
    };
    setTimeout(() => void follow(), 5);
    setTimeout(note("next"), 6);
    await time.pass(10);
    expect(seen).toEqual(["followed 5", "next 6", "set meanwhile 7"]);
  });

  it("waits for scheduled macrotasks, one after the other", async () => {
    setTimeout(() => setImmediate(() => setImmediate(note("asked for"))), 5);
    setTimeout(note("next"), 6);
    await time.pass(10);
    expect(seen).toEqual(["asked for 5", "next 6"]);
  });

  it("stops once the condition is met", async () => {
    time.every(3, note("brief"));
    await time.pass(10, () => seen.length === 2);
    expect([seen, time.elapsedMs]).toEqual([["brief 3", "brief 6"], 6]);
  });

  it("restores the real clocks", () => {
    uninstall();
    expect(Date.now()).toBeGreaterThan(1_000_000_000_000);
  });
});
