/** The allocator beside a model of its memory: blocks never overlap, are joined again, and are counted. */
import assert from "node:assert/strict";
import vm from "node:vm";
import { createAllocator } from "../../../../lib/backends/cpu/index.ts";
import { seededRandom } from "../../../../lib/random.ts";

const unit = 64;
const rounded = (bytes: number): number => Math.max(unit, Math.ceil(bytes / unit) * unit);

describe("createAllocator", () => {
  for (const seed of [1, 2, 3]) {
    it(`hands out blocks that are aligned, apart from each other and counted, in 5000 random steps (seed ${seed})`, () => {
      const random = seededRandom(seed);
      const [start, firstEnd] = [1024 * unit, 2048 * unit];
      let end = firstEnd;
      const allocator = createAllocator(start, end);
      // Which block each unit of the memory belongs to; 0 for none.
      let owners = new Int32Array(end / unit);
      const blocks = new Map<number, { address: number; size: number }>();
      let inUse = 0;
      let peak = 0;
      const longestGap = (): number => {
        let longest = 0;
        for (let at = start / unit, gap = 0; at < owners.length; at++) {
          gap = owners[at] === 0 ? gap + 1 : 0;
          longest = Math.max(longest, gap);
        }
        return longest * unit;
      };
      for (let step = 1; step <= 5000; step++) {
        if (random.next() < 0.52) {
          const bytes = random.next() < 0.1 ? random.int(300 * unit) : random.int(12 * unit);
          const size = rounded(bytes);
          const address = allocator.allocate(bytes);
          if (address === undefined) {
            assert.ok(longestGap() < size, `step ${step}: ${size} bytes would have fitted`);
            if (random.next() < 0.05) {
              end += 64 * unit;
              allocator.extend(end);
              const longer = new Int32Array(end / unit);
              longer.set(owners);
              owners = longer;
            }
            continue;
          }
          assert.equal(address % unit, 0);
          assert.ok(address >= start && address + size <= end);
          const own = owners.subarray(address / unit, (address + size) / unit);
          assert.ok(
            own.every((owner) => owner === 0),
            `step ${step}: the block overlaps another`,
          );
          own.fill(step);
          blocks.set(step, { address, size });
          inUse += size;
          peak = Math.max(peak, inUse);
        } else if (blocks.size > 0) {
          const [key, { address, size }] = [...blocks][random.int(blocks.size)]!;
          allocator.free(address);
          owners.fill(0, address / unit, (address + size) / unit);
          blocks.delete(key);
          inUse -= size;
        }
        if (step % 1000 === 0) {
          allocator.resetPeak();
          peak = inUse;
        }
        assert.deepEqual(allocator.statistics(), { bytesInUse: inUse, peakBytes: peak });
      }
      for (const { address } of blocks.values()) allocator.free(address);
      assert.equal(allocator.allocate(end - start), start, "all blocks have become one again");
      assert.equal(allocator.allocate(1), undefined);
    });
  }

  it("takes the smallest block that is large enough", () => {
    const allocator = createAllocator(0, 100 * unit);
    const [large, , small] = [10, 1, 4, 1].map((units) => allocator.allocate(units * unit)!);
    allocator.free(large!);
    allocator.free(small!);
    assert.equal(allocator.allocate(3 * unit), small);
  });

  it("says what is missing at the end", () => {
    const allocator = createAllocator(0, 10 * unit);
    allocator.allocate(4 * unit);
    assert.equal(allocator.missing(6 * unit), 0);
    assert.equal(allocator.missing(9 * unit - 1), 3 * unit);
    const last = allocator.allocate(6 * unit)!;
    assert.equal(allocator.missing(unit), unit);
    allocator.free(last);
    assert.equal(allocator.missing(7 * unit), unit);
  });

  it("throws when an address is given back twice, or was never given out", () => {
    const allocator = createAllocator(0, 10 * unit);
    const address = allocator.allocate(1)!;
    allocator.free(address);
    assert.throws(() => allocator.free(address), /address 0/);
    assert.throws(() => allocator.free(unit), RangeError);
    assert.deepEqual(allocator.statistics(), { bytesInUse: 0, peakBytes: unit });
  });

  it("loses no block and hands none out twice when interrupts cut it off", () => {
    const random = seededRandom(4);
    const [start, end] = [64 * unit, 4096 * unit];
    const allocator = createAllocator(start, end);
    const blocks = new Map<number, number>();
    const step = (): void => {
      const oldest = blocks.keys().next();
      if (!oldest.done && random.next() < 0.5) {
        // What is cut off between these two stays in use.
        blocks.delete(oldest.value);
        allocator.free(oldest.value);
      } else {
        const size = unit * (1 + random.int(20));
        const address = allocator.allocate(size);
        if (address !== undefined) blocks.set(address, size);
      }
    };
    Object.assign(globalThis, { step });
    let interrupts = 0;
    for (let round = 0; round < 100; round++) {
      try {
        vm.runInThisContext("for (;;) step();", { timeout: 1 + (round % 3) });
      } catch (error) {
        assert.equal((error as { code?: string }).code, "ERR_SCRIPT_EXECUTION_TIMEOUT", String(error));
        interrupts++;
      }
      let behind = start;
      for (const [address, size] of [...blocks].sort(([a], [b]) => a - b)) {
        assert.ok(address >= behind && address + size <= end, `round ${round}: a block is in use twice`);
        behind = address + size;
      }
      const inUse = [...blocks.values()].reduce((sum, size) => sum + size, 0);
      // At most one block an interrupt was on its way between the allocator and its user.
      const lost = allocator.statistics().bytesInUse - inUse;
      assert.ok(lost >= 0 && lost <= 20 * unit * interrupts, `round ${round}: ${lost} bytes`);
    }
    assert.equal(interrupts, 100);
  });
});
