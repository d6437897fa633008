// Puts the CRC-32 (gzip's) of two texts together without their bytes: what stands before `n` bytes is moved up by
// them, which is a multiplication by x^8n in the field of the polynomial.

const polynomial = 0xedb88320;

/** Bit 31 is x^0, bit 30 is x^1: reflected, as gzip has it. */
const one = 0x80000000;

function multiplied(a: number, b: number): number {
  let product = 0;
  let power = b;
  // Bit 31 makes a number of 32 bits negative.
  for (let bits = a | 0; bits !== 0; bits <<= 1) {
    if (bits < 0) product ^= power;
    power = power & 1 ? (power >>> 1) ^ polynomial : power >>> 1;
  }
  return product >>> 0;
}

/** x^(2^k). */
const powersOfX: number[] = [0x40000000];
for (let k = 1; k < 32; k++) powersOfX.push(multiplied(powersOfX[k - 1]!, powersOfX[k - 1]!));

/** What `joinedCrc` needs to know of a text that is `bytes` long. */
export function crcShift(bytes: number): number {
  let shift = one;
  // The exponent is the number of bits: eight times that of bytes, which is where k = 3 comes from.
  for (let rest = bytes, k = 3; rest > 0; rest = Math.floor(rest / 2), k++)
    if (rest % 2 === 1) shift = multiplied(powersOfX[k & 31]!, shift);
  return shift >>> 0;
}

/** CRC-32 of two texts one after the other; `shift` is that of the second one. */
export const joinedCrc = (first: number, second: number, shift: number): number =>
  (multiplied(shift, first) ^ second) >>> 0;
