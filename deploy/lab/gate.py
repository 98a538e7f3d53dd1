"""The source's public address: forwards a loopback port to PostgreSQL, and can refuse for a while.

    gate.py LISTEN_PORT TARGET_PORT REFUSE_FILE

SIGUSR1 closes the listening socket and every connection for the number of seconds in REFUSE_FILE, then
opens again by itself; in between the kernel answers connection attempts with a real "connection refused".
SIGUSR2 opens at once.
"""

import asyncio
import signal
import sys
from pathlib import Path

HOST = "127.0.0.1"


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # either side went away
    finally:
        writer.close()


class Gate:
    def __init__(self, listen, target):
        self.listen, self.target = listen, target
        self.server = None
        self.writers = set()
        self.opening = None

    async def forward(self, reader, writer):
        try:
            up_reader, up_writer = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.close()
            return
        pair = {writer, up_writer}
        self.writers |= pair
        try:
            await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))
        finally:
            self.writers -= pair

    async def open(self):
        if self.server is None:
            self.server = await asyncio.start_server(self.forward, HOST, self.listen)
            print(f"open on {HOST}:{self.listen}", flush=True)

    def close(self):
        if self.server is None:
            return
        self.server.close()
        self.server = None
        for writer in list(self.writers):
            writer.transport.abort()
        print("closed", flush=True)

    async def open_after(self, seconds):
        await asyncio.sleep(seconds)
        await self.open()

    def refuse(self, seconds):
        self.close()
        self.schedule(seconds)

    def schedule(self, seconds):
        if self.opening is not None:
            self.opening.cancel()
        self.opening = asyncio.get_running_loop().create_task(self.open_after(seconds))


async def main(listen, target, refuse_file):
    gate = Gate(listen, target)
    await gate.open()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: gate.refuse(float(Path(refuse_file).read_text())))
    loop.add_signal_handler(signal.SIGUSR2, lambda: gate.schedule(0))
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
    except KeyboardInterrupt:
        pass
