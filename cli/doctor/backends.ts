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
        // Only what is asked for must load, and those that need nothing that the package does not bring.
        const isOptional = name === "tensorflow" || name === "webgpu";
        if (!isOptional || wanted === name) {
          const advice = isOptional ? "do as it says, or unset RESIDENCY_BACKEND" : "npm ci again";
          findings.push({
            title: this.title,
            status: "failure",
            found: `${name}: ${reasonOf(error)}`,
            advice,
          });
        } else if (name === "webgpu") {
          const found = `${name}: ${reasonOf(error)}; optional, for a GPU (docs/webgpu.md)`;
          findings.push({ title: this.title, status: "ok", found });
        } else if (!/no TensorFlow binding is installed/.test(reasonOf(error))) {
          const advice = "the other backends are used; to use this one, do as it says (docs/backends.md)";
          findings.push({
            title: this.title,
            status: "warning",
            found: `${name}: ${reasonOf(error)}`,
            advice,
          });
        } else {
          const found = `${name}: not installed; optional, for a GPU: residency backend build tensorflow --python PYTHON`;
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
