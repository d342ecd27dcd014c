/** Gives tfjs every kernel of the backend. */
import { fourBitValues, pairTable } from "../four-bit.ts";
import { registerElementwise } from "./elementwise.ts";
import { registerFallbacks } from "./fallback.ts";
import { registerFusedAttention } from "./fused-attention.ts";
import { registerFusedLayers } from "./fused-layers.ts";
import { registerFusedOptimizer8bit } from "./fused-optimizer-8bit.ts";
import { registerFusedTraining } from "./fused-training.ts";
import { registerMovement } from "./movement.ts";
import { registerProducts } from "./products.ts";

/** Registers them all, once for the one backend that there is. */
export function registerCpuKernels(): void {
  const tables = new Map<string, number>();
  registerElementwise();
  registerMovement();
  registerProducts();
  registerFallbacks();
  registerFusedLayers((owner, format) => {
    let address = tables.get(format);
    if (address === undefined) {
      address = owner.sharedMemory.allocate(2048, "a table of 4-bit values");
      owner.sharedMemory.float32(address, 512).set(pairTable(fourBitValues(format)));
      tables.set(format, address);
    }
    return address;
  });
  registerFusedAttention();
  registerFusedTraining();
  registerFusedOptimizer8bit();
}
