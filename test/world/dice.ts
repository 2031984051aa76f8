import { seededRandom } from "./seededRandom.ts";

/** Random draws from a seed. Each purpose has its own sequence, so that an additional draw changes only that one. */
export class Dice {
  /** 0 to 1, excluding 1. */
  readonly random: () => number;

  constructor(seed: number, purpose: string) {
    let mixed = seed >>> 0;
    for (const character of purpose) mixed = (Math.imul(mixed ^ character.charCodeAt(0), 0x01000193) + 0x9e3779b9) >>> 0;
    this.random = seededRandom(mixed);
  }

  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  /** An integer, including both ends. */
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
