/**
 * 16-bit float formats to and from float32, by table and bit tricks: Float16Array is missing before Node 24, and a
 * checkpoint has hundreds of millions of values.
 */

const scratchFloat = new Float32Array(1);
const scratchBits = new Uint32Array(scratchFloat.buffer);

let halfTable: Float32Array | undefined;

/** The float32 of every one of the 65,536 binary16 patterns: 256 KB, so a lookup stays in cache. */
function floatsOfHalves(): Float32Array {
  if (halfTable) return halfTable;
  const table = new Float32Array(65_536);
  const bits = new Uint32Array(table.buffer);
  for (let half = 0; half < 65_536; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) bits[half] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent > 0) bits[half] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else {
      table[half] = fraction * 2 ** -24;
      bits[half] = bits[half]! | sign;
    }
  }
  halfTable = table;
  return table;
}

/** binary16 patterns to float32, exactly. */
export function floatsFromHalves(halves: Uint16Array): Float32Array {
  const table = floatsOfHalves();
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i]!]!;
  return floats;
}

/** bfloat16 patterns to float32, exactly: they are its upper 16 bits. */
export function floatsFromBfloats(bfloats: Uint16Array): Float32Array {
  const bits = new Uint32Array(bfloats.length);
  for (let i = 0; i < bfloats.length; i++) bits[i] = bfloats[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** float32 to binary16 patterns, rounded to nearest, ties to even; what is beyond 65,504 becomes infinite as IEEE 754 says. */
export function halvesFromFloats(floats: Float32Array): Uint16Array {
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < floats.length; i++) halves[i] = halfFromFloat(floats[i]!);
  return halves;
}

function halfFromFloat(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  // From halfway between 65,504 and 65,536 on.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded - 0x38000000) >>> 13);
  }
  // Subnormal: adding 0.5 makes the float unit shift the fraction to a step of 2^-24 and round it to even.
  scratchFloat[0] = Math.abs(value) + 0.5;
  return sign | (scratchBits[0]! - 0x3f000000);
}
