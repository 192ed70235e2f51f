/** Binds one UDP socket; the caller owns it and closes it once. */
import dgram from 'node:dgram';

export interface UdpAddress {
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  /** Whether other sockets may be bound to the same address; otherwise it is ours alone. */
  readonly shared?: boolean;
  /** Bytes that may wait to be read, as far as the system lets; its own choice if left out. */
  readonly waiting?: number;
}

/** Resolves once the socket is bound; rejects with the system's error. */
export function bindUdp({ address, port, shared = false, waiting }: UdpAddress): Promise<dgram.Socket> {
  const socket = dgram.createSocket({ type: 'udp4', reuseAddr: shared });
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once('error', failed);
    // `exclusive`: a cluster worker must not share its parent's handle.
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', failed);
      if (waiting !== undefined) letWait(socket, waiting);
      resolve(socket);
    });
  });
}

function letWait(socket: dgram.Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes);
  } catch {
    // More than this system allows: it keeps what it had.
  }
}

export function closeUdp(socket: dgram.Socket): Promise<void> {
  return new Promise((resolve) => socket.close(resolve));
}
