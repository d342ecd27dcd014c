/** The device that a model is loaded for. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { AutoModelForCausalLM } from "../../../lib/models/index.ts";
import { ensureBackend, setBackend, setDevice, type Device } from "../../../lib/tensor/index.ts";
import { fixture } from "../../support/paths.ts";

describe("fromPretrained() with a device", () => {
  const load = async (device: Device): Promise<string> => {
    const model = await AutoModelForCausalLM.fromPretrained(fixture("models", "llama"), { device });
    model.dispose();
    return (await ensureBackend()).name;
  };

  for (const name of ["wasm", "cpu", "residency-cpu"] as const) {
    it(`keeps the backend ${name} for the cpu`, async () => {
      await setBackend(name);
      assert.equal(await load("cpu"), name);
    });
  }

  it("refuses a device that nobody knows, and one that is not here, and keeps the backend", async () => {
    await setBackend("wasm");
    await assert.rejects(load("tpu" as Device), {
      code: "E_BACKEND",
      message: /"tpu": the devices are cpu, gpu, cuda, webgpu/,
    });
    // @ts-expect-error there is no such device
    const wrong: Device = "tpu";
    assert.equal(wrong, "tpu");
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "residency-device-"));
    const before = process.env["RESIDENCY_TENSORFLOW"];
    process.env["RESIDENCY_TENSORFLOW"] = folder;
    try {
      await assert.rejects(load("cuda"), {
        code: "E_BACKEND",
        message: /^Cannot start the device "cuda": tensorflow: /,
      });
    } finally {
      if (before === undefined) delete process.env["RESIDENCY_TENSORFLOW"];
      else process.env["RESIDENCY_TENSORFLOW"] = before;
      fs.rmSync(folder, { recursive: true });
    }
    assert.equal((await ensureBackend()).name, "wasm");
  });

  it("says which backend it took", async () => {
    await setBackend("wasm");
    assert.equal((await setDevice("cpu")).name, "wasm");
  });
});
