/** Rotary position embedding in the half-split form. */
import { int, ptr } from "./job";
import { madd } from "./simd";

/**
 * x `[positions, heads, dim]`, cos and sin `[angles, width]` -> y; position p takes row p % angles of the tables. With the
 * sign -1 it turns the other way. A chunk is a run of positions.
 */
export function rotaryChunk(chunk: i32): void {
  const positions = int(4);
  const heads = int(5);
  const dim = int(6);
  const width = int(7);
  const angles = int(8);
  const sign: f32 = int(9) != 0 ? -1 : 1;
  const block = int(10);
  const half = width >> 1;
  const halfBytes: usize = half << 2;
  const last = min(positions, (chunk + 1) * block);
  for (let position = chunk * block; position < last; position++) {
    const row = (<usize>((position % angles) * width)) << 2;
    const cos = ptr(1) + row;
    const sin = ptr(2) + row;
    for (let head = 0; head < heads; head++) {
      const at = (<usize>((position * heads + head) * dim)) << 2;
      const x = ptr(0) + at;
      const y = ptr(3) + at;
      let i: usize = 0;
      for (; i + 16 <= halfBytes; i += 16) {
        const first = v128.load(x + i);
        const second = v128.load(x + halfBytes + i);
        const c = v128.load(cos + i);
        const s = f32x4.mul(v128.load(sin + i), f32x4.splat(sign));
        v128.store(y + i, madd(f32x4.neg(second), s, f32x4.mul(first, c)));
        v128.store(y + halfBytes + i, madd(first, s, f32x4.mul(second, c)));
      }
      for (; i < halfBytes; i += 4) {
        const first = load<f32>(x + i);
        const second = load<f32>(x + halfBytes + i);
        const c = load<f32>(cos + i);
        const s = sign * load<f32>(sin + i);
        store<f32>(y + i, first * c - second * s);
        store<f32>(y + halfBytes + i, second * c + first * s);
      }
      if (width < dim) memory.copy(y + (width << 2), x + (width << 2), (dim - width) << 2);
    }
  }
}
