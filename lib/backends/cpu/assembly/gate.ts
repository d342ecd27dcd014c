/** Gated activations and GELU, element by element, with their gradients. A chunk is a run of 16-byte vectors. */
import { int, ptr } from "./job";
import { erf4, exp4, madd, sigmoid4, tanh4 } from "./simd";

const silu: i32 = 0;
const geluTanh: i32 = 1;

/** sqrt(2 / pi) and the factor of the cube in GELU's approximation by tanh. */
const tanhScale: f32 = 0.7978845608;
const tanhCube: f32 = 0.044715;

/** The activation: 0 SiLU, 1 GELU by tanh, 2 GELU by the error function. */
function activate(x: v128, activation: i32): v128 {
  if (activation == silu) return f32x4.mul(x, sigmoid4(x));
  const half = f32x4.mul(x, f32x4.splat(0.5));
  if (activation == geluTanh) return madd(half, tanh4(tanhArgument(x)), half);
  return madd(half, erf4(f32x4.mul(x, f32x4.splat(0.7071067812))), half);
}

function tanhArgument(x: v128): v128 {
  const square = f32x4.mul(x, x);
  return f32x4.mul(f32x4.mul(x, f32x4.splat(tanhScale)), madd(square, f32x4.splat(tanhCube), f32x4.splat(1)));
}

/** The activation's derivative. */
function slope(x: v128, activation: i32): v128 {
  const one = f32x4.splat(1);
  if (activation == silu) {
    const s = sigmoid4(x);
    return f32x4.mul(s, madd(x, f32x4.sub(one, s), one));
  }
  const half = f32x4.splat(0.5);
  if (activation == geluTanh) {
    const t = tanh4(tanhArgument(x));
    const inner = f32x4.mul(f32x4.splat(tanhScale), madd(f32x4.mul(x, x), f32x4.splat(3 * tanhCube), one));
    const ofTanh = f32x4.mul(f32x4.sub(one, f32x4.mul(t, t)), inner);
    return madd(f32x4.mul(x, half), ofTanh, madd(t, half, half));
  }
  const cumulative = madd(erf4(f32x4.mul(x, f32x4.splat(0.7071067812))), half, half);
  const density = f32x4.mul(exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5))), f32x4.splat(0.3989422804));
  return madd(x, density, cumulative);
}

/** gate, up -> activation(gate) · up */
export function gateChunk(chunk: i32): void {
  const gates = ptr(0);
  const ups = ptr(1);
  const ys = ptr(2);
  const activation = int(5);
  const end = min(int(3), (chunk + 1) * int(4)) << 4;
  let i: usize = (chunk * int(4)) << 4;
  if (activation == silu) {
    for (; i < <usize>end; i += 16) {
      const gate = v128.load(gates + i);
      v128.store(ys + i, f32x4.mul(f32x4.mul(gate, sigmoid4(gate)), v128.load(ups + i)));
    }
  }
  for (; i < <usize>end; i += 16) {
    v128.store(ys + i, f32x4.mul(activate(v128.load(gates + i), activation), v128.load(ups + i)));
  }
}

/** dy, gate, up -> dgate, dup */
export function gateGradChunk(chunk: i32): void {
  const dys = ptr(0);
  const gates = ptr(1);
  const ups = ptr(2);
  const dgates = ptr(3);
  const dups = ptr(4);
  const activation = int(7);
  const end = min(int(5), (chunk + 1) * int(6)) << 4;
  for (let i: usize = (chunk * int(6)) << 4; i < <usize>end; i += 16) {
    const dy = v128.load(dys + i);
    const gate = v128.load(gates + i);
    const dyUp = f32x4.mul(dy, v128.load(ups + i));
    if (activation == silu) {
      const s = sigmoid4(gate);
      const value = f32x4.mul(gate, s);
      // σ + x σ (1 - σ)
      const slopes = f32x4.add(f32x4.sub(s, f32x4.mul(value, s)), value);
      v128.store(dgates + i, f32x4.mul(dyUp, slopes));
      v128.store(dups + i, f32x4.mul(dy, value));
    } else {
      v128.store(dgates + i, f32x4.mul(dyUp, slope(gate, activation)));
      v128.store(dups + i, f32x4.mul(dy, activate(gate, activation)));
    }
  }
}

/** x -> activation(x) */
export function activationChunk(chunk: i32): void {
  const end = min(int(2), (chunk + 1) * int(3)) << 4;
  for (let i: usize = (chunk * int(3)) << 4; i < <usize>end; i += 16) {
    v128.store(ptr(1) + i, activate(v128.load(ptr(0) + i), int(4)));
  }
}

/** dy, x -> dx */
export function activationGradChunk(chunk: i32): void {
  const end = min(int(3), (chunk + 1) * int(4)) << 4;
  for (let i: usize = (chunk * int(4)) << 4; i < <usize>end; i += 16) {
    v128.store(ptr(2) + i, f32x4.mul(v128.load(ptr(0) + i), slope(v128.load(ptr(1) + i), int(5))));
  }
}
