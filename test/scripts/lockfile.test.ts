import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Package {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}

/** These packages fetch a binary for the platform; no other package may run an install script. */
const MAY_RUN_SCRIPTS = ["node_modules/esbuild", "node_modules/node", "node_modules/vitepress/node_modules/esbuild"];
/** These licences allow us to distribute the program under its own licence. */
const LICENCES = ["MIT", "MIT OR Apache-2.0", "Apache-2.0", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "PSF-2.0", "Unlicense"];
/** Only for packages that are not distributed. */
const LICENCES_OF_TOOLS = [...LICENCES, "CC0-1.0", "MPL-2.0"];
const EXACT = /^\d+\.\d+\.\d+$/;

const read = (file: string) => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8"));
const { packages } = read("package-lock.json") as { packages: Record<string, Package & { dev?: boolean }> };
const locked = Object.entries(packages).filter(([path]) => path !== "");
const bad = (isBad: (found: Package & { dev?: boolean }, path: string) => boolean) =>
  locked.filter(([path, found]) => isBad(found, path)).map(([path]) => path);

it("pins each package by the hash of its content", () => {
  expect(locked.length).toBeGreaterThan(100);
  expect(bad(({ integrity, link }) => link === true || !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ""))).toEqual([]);
  // All packages come from the configured registry, none from a git repository, a file or another URL.
  expect(bad(({ resolved }) => resolved !== undefined)).toEqual([]);
});

it("has install scripts only in known packages", () => {
  expect(bad(({ hasInstallScript }) => hasInstallScript === true)).toEqual(MAY_RUN_SCRIPTS);
});

it("has only packages with licences that allow distribution", () => {
  expect(bad(({ license, dev }) => !(dev === true ? LICENCES_OF_TOOLS : LICENCES).includes(license ?? ""))).toEqual([]);
});

it("has exact versions, as package.json has", () => {
  const { dependencies, devDependencies } = read("package.json") as Record<string, Record<string, string>>;
  const asked = Object.entries({ ...dependencies, ...devDependencies });
  expect(asked.filter(([, version]) => !EXACT.test(version))).toEqual([]);
  expect(asked.filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version)).toEqual([]);
});
