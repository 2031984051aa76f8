/**
 * Random tests of one version draw the same inputs each time, so that their result depends on the code and not on chance.
 * With `FRESH_SEEDS=1` they draw new inputs each time.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import project from "../package.json" with { type: "json" };

const drawsFreshSeeds = process.env["FRESH_SEEDS"] === "1";

if (!drawsFreshSeeds) fc.configureGlobal({ seed: createHash("sha256").update(project.version).digest().readInt32BE() });
