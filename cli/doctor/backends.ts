/** Checks of the backends on which models compute. */
import { reasonOf } from "./finding.ts";
import type { Check, Finding } from "./finding.ts";

/** Which backends of TensorFlow.js load here. */
export const checkBackends: Check = {
  title: "Backends",
  async run() {
    const { backendNames, setBackend } = await import("../../lib/tensor/index.ts");
    const findings: Finding[] = [];
    const wanted = process.env["RESIDENCY_BACKEND"];
    for (const name of backendNames) {
      try {
        const { reason } = await setBackend(name);
        findings.push({ title: this.title, status: "ok", found: `${name}: ${reason}` });
      } catch (error) {
        // Only what is asked for must load, and the two that come with the package.
        if (name !== "tensorflow" || wanted === name) {
          const advice = name === "tensorflow" ? "unset RESIDENCY_BACKEND, or install it" : "npm ci again";
          findings.push({
            title: this.title,
            status: "failure",
            found: `${name}: ${reasonOf(error)}`,
            advice,
          });
        } else if (!/Cannot find package/.test(reasonOf(error))) {
          const advice = "the other backends are used; to use this one, see what its package needs";
          findings.push({
            title: this.title,
            status: "warning",
            found: `${name}: ${reasonOf(error)}`,
            advice,
          });
        } else {
          const found = `${name}: not installed; optional, for a GPU: npm install @tensorflow/tfjs-node-gpu`;
          findings.push({ title: this.title, status: "ok", found });
        }
      }
    }
    if (wanted !== undefined && !backendNames.some((name) => name === wanted)) {
      const advice = `unset it, or use one of ${backendNames.join(", ")}`;
      const found = `RESIDENCY_BACKEND is ${JSON.stringify(wanted)}`;
      findings.push({ title: this.title, status: "failure", found, advice });
    }
    return findings;
  },
};
