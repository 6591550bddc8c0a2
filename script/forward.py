"""forward.py PORT NAMESPACE HOST:PORT: makes a server inside a network namespace reachable here.

Listens on 127.0.0.1:PORT of the namespace that it was started in and connects from inside
NAMESPACE: a socket stays in the namespace that it was made in. No interface, no address and no
rule of this machine is touched.
"""
import asyncio
import ctypes
import os
import socket
import sys

CLONE_NEWNET = 0x40000000


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    port, namespace, to = sys.argv[1:]
    host, to_port = to.rsplit(":", 1)
    listener = socket.create_server(("127.0.0.1", int(port)))
    handle = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(handle, CLONE_NEWNET) != 0:
        sys.exit(f"forward: setns: {os.strerror(ctypes.get_errno())}")

    async def accepted(reader, writer):
        try:
            inner_reader, inner_writer = await asyncio.open_connection(host, int(to_port))
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))

    server = await asyncio.start_server(accepted, sock=listener)
    await server.serve_forever()


asyncio.run(main())
