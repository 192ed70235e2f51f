/**
 * TLS 1.3 with an external pre-shared key, and nothing else (docs/PROTOCOL.md [tls]): no certificates, no older
 * version, no resumption, one application protocol.
 */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import type { CommonConnectionOptions, SecureContextOptions } from 'node:tls';
import { cipherSuites } from './cipher-choice.js';

export const ALPN = 'p2psync/1';
/** Milliseconds for the handshake. */
export const HANDSHAKE_TIMEOUT = 5_000;

/** What both ends say. */
export function tlsOptions(): SecureContextOptions & Pick<CommonConnectionOptions, 'ALPNProtocols'> {
  return {
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ciphers: cipherSuites(),
    ALPNProtocols: [ALPN],
    // What is not offered is not sent: a client hello with Node's defaults is 42 bytes longer. The signature algorithm
    // is for certificates, which nobody shows; TLS wants one named.
    ecdhCurve: 'X25519:P-256',
    sigalgs: 'ed25519',
    // No tickets: with them a client resumed after the key was rotated. PRIORITIZE_CHACHA: a server follows a
    // client that puts ChaCha20 first, because that one has no AES instructions.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_PRIORITIZE_CHACHA,
  };
}

/** Bytes on the TCP socket below TLS, records and handshake included; they stay readable after its end. */
export function wireCounter(socket: Socket): () => { readonly sent: number; readonly received: number } {
  return () => ({ sent: socket.bytesWritten, received: socket.bytesRead });
}
