/** What the WebGPU backend decides without a device: which GPU is taken, and which buffers are kept. */
import assert from "node:assert/strict";
import {
  chooseAdapter,
  describeAdapter,
  type AdapterDescription,
} from "../../../lib/backends/webgpu/adapters.ts";
import { BufferPool } from "../../../lib/backends/webgpu/buffers.ts";

const adapter = (name: string, type: "hardware" | "software", vendor = ""): AdapterDescription => ({
  name,
  vendor,
  architecture: "",
  api: "vulkan",
  type,
});

describe("chooseAdapter()", () => {
  const list = [
    adapter("llvmpipe (LLVM 15)", "software", "mesa"),
    adapter("NVIDIA H100", "hardware", "nvidia"),
    adapter("Intel Arc", "hardware", "intel"),
  ];

  it("takes the first that is hardware when none is named", () => {
    assert.equal(chooseAdapter(list).name, "NVIDIA H100");
  });

  it("takes what is named by a number, or by a part of a name or of a vendor", () => {
    assert.equal(chooseAdapter(list, "2").name, "Intel Arc");
    assert.equal(chooseAdapter(list, "h100").name, "NVIDIA H100");
    assert.equal(chooseAdapter(list, "mesa").type, "software");
  });

  it("throws E_BACKEND, with the list, when only software is there or nothing has the name", () => {
    assert.throws(() => chooseAdapter(list.slice(0, 1)), {
      code: "E_BACKEND",
      message: /only software \(0: llvmpipe.*RESIDENCY_GPU/,
    });
    assert.throws(() => chooseAdapter(list, "radeon"), { code: "E_BACKEND", message: /1: NVIDIA H100/ });
    assert.throws(() => chooseAdapter([]), { code: "E_BACKEND", message: /finds no adapter/ });
  });
});

describe("describeAdapter()", () => {
  const info = { vendor: "", architecture: "", device: "", description: "" };

  it("calls SwiftShader, llvmpipe and fallback adapters software, and others hardware", () => {
    assert.equal(describeAdapter(info, "SwiftShader Device (Subzero)", "vulkan").type, "software");
    assert.equal(
      describeAdapter({ ...info, description: "llvmpipe (LLVM 15.0.6)" }, "", "browser").type,
      "software",
    );
    assert.equal(describeAdapter({ ...info, isFallbackAdapter: true }, "a", "d3d12").type, "software");
    assert.equal(describeAdapter({ ...info, vendor: "apple" }, "Apple M1", "metal").type, "hardware");
  });
});

/** A device that hands out buffers and counts those that are destroyed. */
function fakeDevice(refuses: boolean): { device: GPUDevice; destroyed: number[] } {
  const destroyed: number[] = [];
  const device = {
    limits: { maxBufferSize: 2 ** 30 },
    createBuffer: ({ size, usage }: { size: number; usage: number }) => ({
      size,
      usage,
      destroy: () => destroyed.push(size),
    }),
    pushErrorScope: () => undefined,
    popErrorScope: () => Promise.resolve(refuses ? { message: "no memory" } : null),
  };
  return { device: device as unknown as GPUDevice, destroyed };
}

describe("BufferPool", () => {
  const fail = (error: Error): never => {
    throw error;
  };

  it("uses an idle buffer of the same size again, and counts bytes and peaks", () => {
    const pool = new BufferPool(fakeDevice(false).device, fail);
    const first = pool.acquireBuffer(100, 1);
    pool.acquireBuffer(50, 1);
    pool.releaseBuffer(first);
    assert.equal(pool.acquireBuffer(100, 1), first);
    pool.releaseBuffer(first);
    pool.resetPeak();
    assert.deepEqual(pool.memory, { bytes: 50, peakBytes: 50, allocatedBytes: 150, peakAllocatedBytes: 150 });
  });

  it("destroys the idle buffers that lay longest when more lies idle than is used", () => {
    const { device, destroyed } = fakeDevice(false);
    const pool = new BufferPool(device, fail);
    const buffers = [40, 41, 42].map((mebibytes) => pool.acquireBuffer(mebibytes * 2 ** 20, 1));
    for (const buffer of buffers) pool.releaseBuffer(buffer);
    assert.deepEqual(destroyed, [40 * 2 ** 20, 41 * 2 ** 20]);
    assert.equal(pool.memory.allocatedBytes, 42 * 2 ** 20);
  });

  it("tells E_MEMORY with the size when the device refuses a buffer, and throws it above the device's limit", async () => {
    const errors: Error[] = [];
    const pool = new BufferPool(fakeDevice(true).device, (error) => errors.push(error));
    pool.acquireBuffer(3 * 2 ** 20, 1);
    await pool.settled;
    assert.match(errors[0]!.message, /Cannot make a tensor of 3\.0 MiB/);
    assert.throws(() => pool.acquireBuffer(2 ** 31, 1), { code: "E_MEMORY", message: /allows 1024\.0 MiB/ });
  });
});
