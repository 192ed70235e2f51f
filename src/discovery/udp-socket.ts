/** Binds one UDP socket; the caller owns it and closes it once. */
import dgram from 'node:dgram';

export interface UdpAddress {
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  /** Whether other sockets may be bound to the same address; otherwise it is ours alone. */
  readonly shared?: boolean;
}

/** Resolves once the socket is bound; rejects with the system's error. */
export function bindUdp({ address, port, shared = false }: UdpAddress): Promise<dgram.Socket> {
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
      resolve(socket);
    });
  });
}

export function closeUdp(socket: dgram.Socket): Promise<void> {
  return new Promise((resolve) => socket.close(resolve));
}
