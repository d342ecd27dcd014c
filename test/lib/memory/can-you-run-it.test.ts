/** Whether a model fits a GPU: yes or no in words, remedies that hold, pages that move, and GPUs by the names that people write. */
import assert from "node:assert/strict";
import { canYouRunIt, findGpu, gpus } from "../../../lib/memory/index.ts";
import { configOf, smallLlama } from "../../support/model-configs.ts";

const phi2 = configOf("microsoft/phi-2");

describe("canYouRunIt()", () => {
  it("says yes where the state of a paged optimiser has to move, and how much may", () => {
    const asked = { gpu: "RTX 3090", method: "full", batch: 1, seq: 512 } as const;
    const [paged] = canYouRunIt(phi2, { ...asked, optimizer: "paged_adamw_32bit" });
    assert.deepEqual([paged!.fits, paged!.missingBytes], [true, 0]);
    assert.ok(paged!.neededBytes > paged!.availableBytes);
    assert.match(
      paged!.summary,
      /^yes: full needs .*, but 20\.7 GiB of optimiser state may move to the host/,
    );
    const [small] = canYouRunIt(phi2, { ...asked, gpu: "T4", batch: 8, optimizer: "paged_adamw_32bit" });
    const least = small!.neededBytes - small!.estimate.pageableBytes;
    assert.equal(small!.missingBytes, least - small!.availableBytes);
    assert.match(small!.summary, /^no: .* are missing although 20\.7 GiB of optimiser state may move/);
  });

  it("counts for this library what is in the backend's memory, where pages are not", () => {
    const [answer] = canYouRunIt(phi2, {
      gpu: "RTX 3090",
      method: "full",
      implementation: "residency",
      optimizer: "paged_adamw_8bit",
    });
    assert.equal(answer!.neededBytes, answer!.estimate.totalBytes);
    assert.ok(answer!.estimate.pagedBytes > 5e9);
  });

  it("says of phi-2 on the talk's T4 that full training does not fit and LoRA does", () => {
    const answers = canYouRunIt(phi2, { gpu: "T4", batch: 1, seq: 512 });
    assert.deepEqual(
      answers.map(({ method, fits }) => [method, fits]),
      [
        ["full", false],
        ["lora", true],
        ["qlora", true],
        ["inference", true],
      ],
    );
    const [full] = answers;
    assert.equal(full!.missingBytes, full!.neededBytes - full!.availableBytes);
    assert.match(full!.summary, /^no: full needs .* missing; LoRA would make it fit/);
    assert.ok(full!.remedies.some(({ change }) => change.startsWith("a larger GPU: ")));
  });

  it("offers only changes that fit, and what they need is what they then need", () => {
    const asked = { gpu: "RTX 3090", method: "full", batch: 8, seq: 1024 } as const;
    const [answer] = canYouRunIt(phi2, asked);
    assert.equal(answer!.fits, false);
    for (const { options, neededBytes, change } of answer!.remedies) {
      if (Object.keys(options).length === 0) continue;
      const [changed] = canYouRunIt(phi2, { ...asked, ...options });
      assert.deepEqual([changed!.fits, changed!.neededBytes], [true, neededBytes], change);
    }
  });

  it("takes the memory of a GPU that is not in the table", () => {
    const [answer] = canYouRunIt(smallLlama, { gpu: { name: "mine", usableGiB: 0.001 }, method: "full" });
    assert.match(answer!.summary, /the mine has 1\.02 MiB/);
    assert.throws(() => canYouRunIt(smallLlama, { gpu: { name: "none", usableGiB: 0 } }), {
      code: "E_CONFIG",
    });
  });
});

describe("findGpu()", () => {
  it("reads names as people write them", () => {
    const names = ["t4", "Tesla T4", "NVIDIA A100-80G", "a100 40gb", "rtx4090", "h200"];
    assert.deepEqual(
      names.map((name) => findGpu(name).name),
      ["T4", "T4", "A100 80GB", "A100 40GB", "RTX 4090", "H200"],
    );
    assert.equal(findGpu("A100").name, "A100 40GB");
    for (const name of ["", "GB", "TPU"]) assert.throws(() => findGpu(name), { code: "E_CONFIG" });
  });

  it("finds every GPU of the table under its own name, smallest memory first", () => {
    for (const one of gpus) {
      assert.equal(findGpu(one.name), one);
      assert.ok(one.usableGiB < one.nominalGb * 1.001);
    }
    const sizes = gpus.map(({ usableGiB }) => usableGiB);
    assert.deepEqual(
      [...sizes].sort((a, b) => a - b),
      sizes,
    );
  });
});
