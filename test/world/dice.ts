import { seededRandom } from "./seededRandom.ts";

/** Draws from one seed. Each purpose has dice of its own, so that one more draw here changes nothing there. */
export class Dice {
  /** 0..1, the end not included. */
  readonly random: () => number;

  constructor(seed: number, purpose: string) {
    let mixed = seed >>> 0;
    for (const character of purpose) mixed = (Math.imul(mixed ^ character.charCodeAt(0), 0x01000193) + 0x9e3779b9) >>> 0;
    this.random = seededRandom(mixed);
  }

  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
}
