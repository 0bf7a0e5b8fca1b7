// Proof of work for the widget, or for any page of a site: asks the server for a challenge and
// finds a nonce for which SHA-256 of both begins with so many zero bits. A module of its own at
// /w/proof.js, loaded when a form opens, so that a page's first load carries none of it:
//
//   const { prove } = await import("https://leads.example.org/w/proof.js");
//   const proof = await prove("https://leads.example.org", "pk_…");  // beside the lead's fields
//
// Not WebCrypto: it answers each of the many short texts by way of the event loop, several times
// slower than these lines, and is missing on pages without TLS.

export interface Proof {
  challenge: string;
  nonce: string;
}

const sliceMs = 8; // of work at a time: half a frame, so that typing stays smooth
const renewMs = 3600e3; // half of what the server allows
const nonceDigitsMax = 12; // with a challenge of 43 letters one block of the hash

// FIPS 180-4, sections 4.2.2 and 5.3.3.
const constants = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
const start = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];
const blockBytes = 64;
const w = new Int32Array(blockBytes); // the message's words, then the schedule

// The first 32 bits of the hash of one padded block.
function firstWord(block: DataView): number {
  for (let i = 0; i < 16; ++i) w[i] = block.getInt32(4 * i);
  for (let i = 16; i < 64; ++i) {
    const x = w[i - 15];
    const y = w[i - 2];
    w[i] =
      w[i - 16] +
      w[i - 7] +
      (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) +
      (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = start;
  for (let i = 0; i < 64; ++i) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t = (h + s1 + ((e & f) ^ (~e & g)) + constants[i] + w[i]) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t) | 0;
    d = c;
    c = b;
    b = a;
    a = (t + s0 + ((b & c) ^ (b & d) ^ (c & d))) | 0;
  }
  return (a + start[0]) | 0;
}

// Whether the hash of `text` (at most 55 characters of ASCII) begins with so many zero bits.
function makeTest(challenge: string, bits: number): (nonce: number) => boolean {
  const bytes = new Uint8Array(blockBytes);
  const block = new DataView(bytes.buffer);
  for (let i = 0; i < challenge.length; ++i) bytes[i] = challenge.charCodeAt(i);
  return (nonce) => {
    const digits = String(nonce);
    let end = challenge.length;
    for (let i = 0; i < digits.length; ++i) bytes[end++] = digits.charCodeAt(i);
    bytes[end] = 0x80; // nonces only grow longer, so what follows is zero
    block.setInt32(60, 8 * end);
    return Math.clz32(firstWord(block)) >= bits;
  };
}

// Ends early when the page is left: whoever waits then sends without.
function search(challenge: string, bits: number): Promise<string> {
  const solves = makeTest(challenge, bits);
  let nonce = 0;
  return new Promise((found, gone) => {
    let timer = 0;
    const slice = (): void => {
      const stop = performance.now() + sliceMs;
      do {
        for (const end = nonce + 64; nonce < end; ++nonce) {
          if (solves(nonce)) return found(String(nonce));
        }
      } while (performance.now() < stop);
      timer = window.setTimeout(slice);
    };
    window.addEventListener("pagehide", () => {
      clearTimeout(timer);
      gone();
    });
    slice();
  });
}

async function ask(base: string, key: string): Promise<Proof | null> {
  const reply = await fetch(base + "/api/v1/proof?key=" + key, { credentials: "omit" });
  if (!reply.ok) throw Error(String(reply.status));
  const { challenge, bits } = await reply.json();
  if (!bits || challenge.length > blockBytes - 9 - nonceDigitsMax) return null;
  return { challenge, nonce: await search(challenge, bits) };
}

let latest: Proof | null = null; // the one to keep fresh

// Null when none is asked for; an exception when none can be had. What it gives is made new in
// place while the page is looked at, so send a copy; each is good for one lead.
export async function prove(base: string, key: string): Promise<Proof | null> {
  const proof = await ask(base, key);
  let at = Date.now();
  const renew = async (): Promise<void> => {
    if (!proof || proof !== latest || document.hidden || Date.now() - at < renewMs) return;
    at = Date.now();
    Object.assign(proof, await ask(base, key).catch(() => null));
  };
  setInterval(renew, renewMs / 10);
  document.addEventListener("visibilitychange", renew);
  latest = proof;
  return proof;
}
