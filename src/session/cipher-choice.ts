/**
 * Which cipher suite to prefer (docs/PROTOCOL.md [tls]). AES-GCM wins wherever the processor has instructions for
 * it; without them ChaCha20 is several times faster. Node cannot ask the processor, so this measures, once.
 */
import { createCipheriv } from 'node:crypto';

const AES = 'TLS_AES_128_GCM_SHA256';
const CHACHA = 'TLS_CHACHA20_POLY1305_SHA256';
/** Bytes; a TLS record. A larger piece would measure how the system hands out memory. */
const SAMPLE = 16 * 1024;
const SAMPLES = 8;
/**
 * ChaCha20 must be clearly ahead: with instructions AES is about as fast or faster, and a busy machine makes short
 * measurements noisy; without them it takes four times as long or longer.
 */
const CLEARLY = 2.5;

let chosen: string | undefined;

/** Both suites, the faster one here first. */
export function cipherSuites(): string {
  chosen ??=
    seconds('chacha20-poly1305', 32) * CLEARLY < seconds('aes-128-gcm', 16) ? `${CHACHA}:${AES}` : `${AES}:${CHACHA}`;
  return chosen;
}

/** The best of a few, because the first one also pays for loading the cipher. */
function seconds(name: 'chacha20-poly1305' | 'aes-128-gcm', keyBytes: number): number {
  let best = Number.POSITIVE_INFINITY;
  const sample = Buffer.alloc(SAMPLE);
  const cipher = createCipheriv(name as 'aes-128-gcm', Buffer.alloc(keyBytes), Buffer.alloc(12));
  for (let i = 0; i < SAMPLES; i++) {
    const started = performance.now();
    cipher.update(sample);
    best = Math.min(best, performance.now() - started);
  }
  return best;
}
