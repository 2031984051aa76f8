import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A folder in which a ConfigMap with the one key `rules.yaml` is mounted, as the kubelet does it. */
export class ConfigMapMount {
  readonly path: string;
  readonly #folder: string;
  #version = 0;

  constructor(folder: string, text: string) {
    this.#folder = folder;
    this.path = join(folder, "rules.yaml");
    this.publish(text);
    this.link();
  }

  /** Publishes a version: creates a new folder, moves `..data` to it by a rename, and removes the old folder. */
  publish(text: string): void {
    const before = `..v${this.#version}`;
    this.#version += 1;
    const now = `..v${this.#version}`;
    mkdirSync(join(this.#folder, now));
    writeFileSync(join(this.#folder, now, "rules.yaml"), text);
    symlinkSync(now, join(this.#folder, "..data_tmp"));
    renameSync(join(this.#folder, "..data_tmp"), join(this.#folder, "..data"));
    rmSync(join(this.#folder, before), { recursive: true, force: true });
  }

  /** Restores the key. */
  link(): void {
    symlinkSync("..data/rules.yaml", this.path);
  }
}
