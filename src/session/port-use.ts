/** Whether a TCP port can be listened on. */
import net from 'node:net';

/** Undefined: it is free. Otherwise the system's code, `EADDRINUSE` for one. */
export function portTaken(port: number, host = '0.0.0.0'): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
