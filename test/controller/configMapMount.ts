import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A folder as the kubelet mounts a ConfigMap with the one key `rules.yaml`. */
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

  /** Publishes a version: a new folder, then `..data` is swapped to it by a rename, and the old folder goes. */
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

  /** Puts the key in its place again. */
  link(): void {
    symlinkSync("..data/rules.yaml", this.path);
  }
}
